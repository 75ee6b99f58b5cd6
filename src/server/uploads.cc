#include "server/uploads.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "async/run_on.h"
#include "base/log.h"
#include "base/strings.h"
#include "files/zip.h"
#include "format/yaml.h"
#include "os/file.h"
#include "task/validate.h"

namespace sky::server {
namespace {

constexpr std::string_view kTreePrefix = "tree-";

auto is_hex(std::string_view text, size_t size_min, size_t size_max) -> bool {
  return text.size() >= size_min && text.size() <= size_max &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

auto is_blob_id(std::string_view id) -> bool {
  return is_hex(id, 64, 64);
}

auto is_tree_id(std::string_view id) -> bool {
  return id.starts_with(kTreePrefix) && is_hex(id.substr(kTreePrefix.size()), 16, 16);
}

auto bad_id(std::string_view what, std::string_view id) -> Error {
  return make_error(ErrorCode::kInvalidArgument, fmt::format("Invalid {}: {}", what, id));
}

auto check_user(std::string_view user) -> Result<> {
  return is_hex(user, 1, 64) ? Result<>() : bad_id("user_hash", user);
}

auto part_path(const std::string& folder, std::int64_t index) -> std::string {
  return fmt::format("{}/part{:06}", folder, index);
}

auto part_paths(const std::string& folder, std::int64_t count) -> std::vector<std::string> {
  std::vector<std::string> paths;
  for (std::int64_t i = 0; i < count; ++i) paths.push_back(part_path(folder, i));
  return paths;
}

auto missing_parts(const std::string& folder, std::int64_t count) -> std::vector<std::int64_t> {
  std::vector<std::int64_t> missing;
  for (std::int64_t i = 0; i < count; ++i) {
    if (!os::file_exists(part_path(folder, i))) missing.push_back(i);
  }
  return missing;
}

// The path of the client below `root`, provided that it is there and that no link lies on the way.
auto path_below(const std::string& root, std::string_view path) -> Result<std::string> {
  std::string whole = root;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}' leads out of the upload", path));
    whole += fmt::format("/{}", part);
    const Result<os::FileInfo> info = os::stat_file(whole, os::Follow::kNo);
    if (!info.ok()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}' is not in the upload", path),
                        "Launch again: the client uploads what is missing.");
    }
    if (info->type == os::FileType::kSymlink) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}' leads through a link in the upload", path));
    }
  }
  return whole;
}

// What replaces the local paths of one task.
struct Localizer {
  std::string root;  // empty: nothing was uploaded
  JsonObject mapping;

  auto replace(Json& value) const -> Result<> {
    if (!value.is_string()) return {};
    const std::string source(value.get_string());
    if (is_cloud_url(source)) return {};
    const auto mapped = find_string(mapping, source);
    if (!mapped.ok() || !*mapped || root.empty()) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}' was not uploaded to this API server", source));
    }
    SKY_TRY(std::string path, path_below(root, **mapped));
    value = std::move(path);
    return {};
  }
  // A mount is a path, or a bucket with one path or several as its source.
  auto replace_mount(Json& value) const -> Result<> {
    if (value.is_string()) return replace(value);
    if (!value.is_object()) return {};
    Json* source = value.get_object().if_contains("source");
    if (source == nullptr) return {};
    if (!source->is_array()) return replace(*source);
    for (Json& one : source->get_array()) SKY_CHECK(replace(one));
    return {};
  }
};

auto localize_task(Json& task, const std::string& root) -> Result<> {
  if (!task.is_object()) return {};
  JsonObject& object = task.get_object();
  Localizer localizer{.root = root, .mapping = {}};
  if (const Json* mapping = find(object, "file_mounts_mapping"); mapping != nullptr && mapping->is_object()) {
    localizer.mapping = mapping->get_object();
  }
  object.erase("file_mounts_mapping");
  if (Json* workdir = object.if_contains("workdir")) SKY_CHECK(localizer.replace(*workdir));
  Json* mounts = object.if_contains("file_mounts");
  if (mounts == nullptr || !mounts->is_object()) return {};
  for (auto& [target, source] : mounts->get_object()) SKY_CHECK(localizer.replace_mount(source));
  return {};
}

}  // namespace

auto Uploads::root_of(std::string_view user, std::string_view upload_id) const -> Result<std::string> {
  SKY_CHECK(check_user(user));
  if (is_blob_id(upload_id)) return fmt::format("{}/{}/blobs/{}", dir_, user, upload_id);
  if (is_tree_id(upload_id)) return fmt::format("{}/{}/trees/{}", dir_, user, upload_id);
  return bad_id("upload_id", upload_id);
}

auto Uploads::tree_path(std::string_view user, std::string_view upload_id, std::string_view name) const
    -> Result<std::string> {
  if (!is_tree_id(upload_id)) return bad_id("upload_id", upload_id);
  if (!is_hex(name, 16, 16)) return bad_id("name", name);
  SKY_TRY(const std::string root, root_of(user, upload_id));
  SKY_CHECK(os::make_dirs(root));
  return fmt::format("{}/{}", root, name);
}

auto Uploads::lock(std::string path) -> async::Task<Result<async::Semaphore::Permit>> {
  std::shared_ptr<async::Semaphore>& entry = locks_[path];
  if (!entry) entry = std::make_shared<async::Semaphore>(1);
  const std::shared_ptr<async::Semaphore> semaphore = entry;
  co_return co_await semaphore->acquire();
}

auto Uploads::has_blob(std::string_view user, std::string_view blob_id) const -> Result<bool> {
  if (!is_blob_id(blob_id)) return bad_id("blob_id", blob_id);
  SKY_TRY(const std::string root, root_of(user, blob_id));
  return os::file_exists(root);
}

auto Uploads::finish_blob(const ChunkPlace& place) -> async::Task<Result<>> {
  const std::string parts = fmt::format("{}/{}/parts/{}", dir_, place.user, place.blob_id);
  const std::string blob = fmt::format("{}/{}/blobs/{}", dir_, place.user, place.blob_id);
  const auto unpack = [parts, blob, count = place.count]() -> Result<> {
    const std::string unfinished = parts + "/unpacked";
    SKY_CHECK(os::remove_tree(unfinished));
    SKY_CHECK(os::make_dirs(os::parent_dir(blob)));
    Result<> unpacked = files::unpack_zip(part_paths(parts, count), unfinished, kUnpackedMaxBytes);
    // Room for others, and for the next try, which must not meet bytes that are no archive.
    if (!unpacked.ok()) {
      SKY_CHECK(os::remove_tree(parts));
      return unpacked;
    }
    SKY_CHECK(os::rename_file(unfinished, blob));
    return os::remove_tree(parts);
  };
  co_return co_await async::run_on(unpack);
}

auto Uploads::receive_chunk(net::Exchange& exchange, ChunkPlace place)
    -> async::Task<Result<std::vector<std::int64_t>>> {
  SKY_CO_TRY(const bool there, has_blob(place.user, place.blob_id));
  if (there) co_return std::vector<std::int64_t>();
  if (place.count < 1 || place.count > kChunkCountMax || place.index < 0 || place.index >= place.count) {
    co_return make_error(ErrorCode::kInvalidArgument,
                         fmt::format("chunk_index: expected 0 to total_chunks - 1 (at most {}), found {} of {}",
                                     kChunkCountMax, place.index, place.count));
  }
  const std::string folder = fmt::format("{}/{}/parts/{}", dir_, place.user, place.blob_id);
  SKY_CO_CHECK(os::make_dirs(folder));
  SKY_CO_TRY(std::string body, co_await exchange.read_body(kChunkMaxBytes));
  const std::string path = part_path(folder, place.index);
  SKY_CO_CHECK(co_await async::run_on([path, body = std::move(body)] { return os::write_file_atomic(path, body); }));
  SKY_CO_TRY(const auto turn, co_await lock(folder));
  if (os::file_exists(fmt::format("{}/{}/blobs/{}", dir_, place.user, place.blob_id))) {
    co_return std::vector<std::int64_t>();
  }
  std::vector<std::int64_t> missing = missing_parts(folder, place.count);
  if (missing.empty()) SKY_CO_CHECK(co_await finish_blob(place));
  co_return std::move(missing);
}

auto Uploads::localize(const std::string& task_yaml, std::string_view user, std::string_view upload_id) const
    -> Result<std::string> {
  std::string root;
  if (!upload_id.empty()) {
    SKY_TRY(root, root_of(user, upload_id));
    utimensat(AT_FDCWD, root.c_str(), nullptr, 0);  // used now; a missing one is noticed below
  }
  SKY_TRY(const YamlStream stream, parse_yaml(task_yaml, "task"));
  std::string text;
  for (const YamlNode* document : stream.documents()) {
    SKY_TRY(Json task, to_json(*document, "task"));
    SKY_CHECK(localize_task(task, root));
    if (!text.empty()) text += "---\n";
    text += to_yaml_text(task);
  }
  return text;
}

void Uploads::sweep(WallTime now) const {
  const Result<std::vector<os::DirEntry>> users = os::list_dir(dir_);
  if (!users.ok()) return;
  for (const os::DirEntry& user : *users) {
    for (const char* kind : {"blobs", "parts", "trees"}) {
      const std::string folder = fmt::format("{}/{}/{}", dir_, user.name, kind);
      const Result<std::vector<os::DirEntry>> uploads = os::list_dir(folder);
      if (!uploads.ok()) continue;
      for (const os::DirEntry& upload : *uploads) {
        const std::string path = fmt::format("{}/{}", folder, upload.name);
        const Result<os::FileInfo> info = os::stat_file(path, os::Follow::kNo);
        if (!info.ok() || now - info->modified < kUploadRetention) continue;
        const Result<> removed = os::remove_tree(path);
        if (!removed.ok()) log_warning("uploads", "{}", to_string(removed.error()));
      }
    }
  }
}

}  // namespace sky::server
