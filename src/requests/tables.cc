#include "requests/tables.h"

#include "format/fields.h"

namespace sky::requests {
namespace {

struct StoredError {
  std::string code;
  std::string message;
  std::string hint;
  std::map<std::string, std::string> details;
};

template <class Visitor>
void describe(Visitor& visit, StoredError& error) {
  visit("code", error.code);
  visit("message", error.message);
  visit("hint", error.hint);
  visit("details", error.details);
}

struct StoredRequest {
  RequestRecord record;
  std::string sealed_body;
  std::optional<StoredError> error;
};

template <class Visitor>
void describe(Visitor& visit, StoredRequest& stored) {
  RequestRecord& record = stored.record;
  visit("id", record.id);
  visit("name", record.name);
  visit("body", stored.sealed_body);
  visit("user_id", record.user_id);
  visit("user_name", record.user_name);
  visit("cluster_name", record.cluster_name);
  visit("command", record.command);
  visit.word("status", record.status, parse_request_status);
  visit("cancel_requested", record.cancel_requested);
  visit("memo", record.memo);
  visit("created_at", record.created_at);
  visit("finished_at", record.finished_at);
  visit("return_value", record.return_value);
  visit("error", stored.error);
}

auto encode(const RequestRecord& record, const seal::Sealer& sealer) -> std::string {
  StoredRequest stored{.record = record, .sealed_body = sealer.seal(record.body), .error = std::nullopt};
  if (record.error) {
    stored.error = StoredError{std::string(traits_of(record.error->code).name), record.error->message,
                               record.error->hint, record.error->details};
  }
  return encode_fields(stored);
}

auto decode(std::string_view text, const seal::Sealer& sealer) -> Result<RequestRecord> {
  SKY_TRY(StoredRequest stored, decode_fields<StoredRequest>(text));
  SKY_TRY(stored.record.body, sealer.unseal(stored.sealed_body));
  if (stored.error) {
    Error error = make_error(error_code_from_name(stored.error->code).value_or(ErrorCode::kInternal),
                             stored.error->message, stored.error->hint);
    error.details = stored.error->details;
    stored.record.error = std::move(error);
  }
  return std::move(stored.record);
}

}  // namespace

auto request_codec(const seal::Sealer& sealer) -> journal::Codec<RequestRecord> {
  return {.encode = [&sealer](const RequestRecord& record) { return encode(record, sealer); },
          .decode = [&sealer](std::string_view text) { return decode(text, sealer); }};
}

}  // namespace sky::requests
