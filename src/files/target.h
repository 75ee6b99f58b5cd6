// Target: makes a directory (or one file) equal to a Manifest, safely.
//
// The manifest decides nothing about where things go: every name is looked up from the target's own descriptor, part by
// part, without following symlinks, so that neither a hostile manifest nor a link that lies in the target leads out of
// it. A file appears under its name only when it is complete, with its mode and time: written to a temporary name
// beside, then renamed. What the manifest does not name is kept unless told otherwise.
//
//   SKY_TRY(Target target, Target::open("~/sky_workdir", manifest, Extra::kKeep));
//   for (uint32_t i : target.wanted()) { begin_file(i); write(…)…; commit_file(); }
//   SKY_CHECK(target.finish());
//
// Blocking, not thread-safe; may move between threads between calls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "files/manifest.h"
#include "os/file.h"

namespace sky::files {

enum class Extra { kKeep, kDelete };  // what to do with files that the manifest does not name

class Target {
 public:
  // Makes directories and symlinks, deletes what is extra, and finds out which files differ (by size or time). `path`
  // is trusted and may lead through symlinks. Errors: kInvalidArgument from validate(), kConflict where a directory
  // lies in the place of a file, and what the system says.
  static auto open(std::string path, Manifest manifest, Extra extra) -> Result<Target>;

  Target(Target&&) noexcept = default;
  auto operator=(Target&&) -> Target& = delete;
  ~Target();  // removes an unfinished file

  auto manifest() const -> const Manifest& { return manifest_; }
  // Indexes of the files whose content is needed, ascending.
  auto wanted() const -> const std::vector<std::uint32_t>& { return wanted_; }

  // One file at a time. An unfinished one is dropped by the next begin_file().
  auto begin_file(std::uint32_t index) -> Result<>;
  auto write(std::string_view bytes) -> Result<>;
  auto commit_file() -> Result<>;
  void drop_file();

  // Sets the modes and times of directories; files made later would change them again.
  auto finish() -> Result<>;

 private:
  Target(std::string path, Manifest manifest) : path_(std::move(path)), manifest_(std::move(manifest)) {}
  auto prepare_single() -> Result<>;
  auto prepare(Extra extra) -> Result<>;
  auto prepare_directory(const Entry& entry) -> Result<>;
  auto prepare_symlink(const Entry& entry) -> Result<>;
  auto prepare_file(std::uint32_t index) -> Result<>;
  auto delete_extra() -> Result<>;
  auto delete_extra_in(const std::string& path) -> Result<>;
  // The directory that holds the entry, and its name there.
  auto parent_of(std::string_view path) -> Result<int>;
  auto temporary_name() -> std::string;
  auto shown(std::string_view path) const -> std::string;

  std::string path_;
  std::string single_name_;  // of a single file: its name in root_
  Manifest manifest_;
  std::vector<std::uint32_t> wanted_;
  os::UniqueFd root_;
  // The directory used last stays open: entries come in order.
  std::string parent_path_;
  os::UniqueFd parent_;
  std::uint32_t temporary_count_ = 0;
  // The file that is being written.
  const Entry* current_ = nullptr;
  os::UniqueFd file_;
  std::string temporary_;
};

}  // namespace sky::files
