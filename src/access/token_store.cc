#include "access/token_store.h"

#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "format/json.h"
#include "os/file.h"
#include "os/lock.h"
#include "seal/token.h"

namespace sky::access {
namespace {

constexpr size_t kNameSizeMaxBytes = 64;
constexpr size_t kUserIdDigits = 8;

auto is_name(std::string_view name) -> bool {
  constexpr std::string_view kPunctuation = "-_.@";
  return !name.empty() && name.size() <= kNameSizeMaxBytes &&
         std::ranges::all_of(name, [&](char c) { return is_alnum(c) || kPunctuation.contains(c); });
}

auto record_of(const Json& json, std::string_view where) -> Result<TokenRecord> {
  SKY_TRY(const JsonObject* object, as_object(json, where));
  TokenRecord record;
  SKY_TRY(record.name, get_string(*object, "name", where));
  SKY_TRY(record.user_id, get_string(*object, "user_id", where));
  SKY_TRY(record.digest, get_string(*object, "digest", where));
  SKY_TRY(record.created_at, get_double(*object, "created_at", where));
  return record;
}

auto parse_records(std::string_view text) -> Result<std::vector<TokenRecord>> {
  SKY_TRY(const Json json, parse_json(text));
  SKY_TRY(const JsonArray* array, as_array(json));
  std::vector<TokenRecord> records;
  for (size_t i = 0; i < array->size(); ++i) {
    SKY_TRY(TokenRecord record, record_of((*array)[i], json_path("", i)));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

auto TokenStore::list() const -> Result<std::vector<TokenRecord>> {
  const Result<std::string> text = os::read_file(path_);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return std::vector<TokenRecord>();
  if (!text.ok()) return text.error();
  Result<std::vector<TokenRecord>> records = parse_records(*text);
  if (records.ok()) return records;
  return make_error(ErrorCode::kDataCorrupt,
                    fmt::format("'{}' is no list of tokens: {}", path_, records.error().message),
                    "Restore it from a backup, or remove it and make the tokens anew.");
}

auto TokenStore::save(const std::vector<TokenRecord>& records) const -> Result<> {
  JsonArray array;
  for (const TokenRecord& record : records) {
    array.emplace_back(JsonObject{{"name", record.name},
                                  {"user_id", record.user_id},
                                  {"digest", record.digest},
                                  {"created_at", record.created_at}});
  }
  return os::write_file_atomic(path_, to_json_text(array) + "\n");
}

auto TokenStore::create(const std::string& name, double now) -> Result<Secret> {
  if (!is_name(name)) {
    return make_error(ErrorCode::kInvalidArgument,
                      fmt::format("expected a name of 1 to {} letters, digits, '-', '_', '.' or '@', found '{}'",
                                  kNameSizeMaxBytes, name));
  }
  SKY_TRY(const os::FileLock lock, os::FileLock::acquire(path_ + ".lock", {}));
  SKY_TRY(std::vector<TokenRecord> records, list());
  if (std::ranges::find(records, name, &TokenRecord::name) != records.end()) {
    return make_error(ErrorCode::kAlreadyExists, fmt::format("there is a token named '{}' already", name),
                      fmt::format("Choose another name, or revoke it: sky api token revoke {}", name));
  }
  Secret token(std::string(kTokenPrefix) + seal::random_token());
  records.push_back({.name = name,
                     .user_id = seal::token_digest("user " + name).substr(0, kUserIdDigits),
                     .digest = seal::token_digest(token.reveal()),
                     .created_at = now});
  std::ranges::sort(records, {}, &TokenRecord::name);
  SKY_CHECK(save(records));
  return token;
}

auto TokenStore::revoke(const std::string& name) -> Result<> {
  SKY_TRY(const os::FileLock lock, os::FileLock::acquire(path_ + ".lock", {}));
  SKY_TRY(std::vector<TokenRecord> records, list());
  if (std::erase_if(records, [&](const TokenRecord& record) { return record.name == name; }) == 0) {
    return make_error(ErrorCode::kNotFound, fmt::format("there is no token named '{}'", name),
                      "To see them: sky api token list");
  }
  return save(records);
}

auto TokenStore::lookup(std::string_view token) -> std::optional<TokenRecord> {
  const Result<os::FileInfo> info = os::stat_file(path_);
  if (!info.ok()) {
    known_.clear();
  } else if (info->modified != read_at_) {
    Result<std::vector<TokenRecord>> records = list();
    if (!records.ok()) log_warning("access", "{}", to_string(records.error()));
    known_ = std::move(records).value_or(std::vector<TokenRecord>());
    read_at_ = info->modified;
  }
  const std::string digest = seal::token_digest(token);
  std::optional<TokenRecord> found;
  for (const TokenRecord& record : known_) {
    if (seal::equal_in_constant_time(record.digest, digest)) found = record;
  }
  return found;
}

}  // namespace sky::access
