#include "files/walk.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "files/ignore.h"
#include "files/repository.h"
#include "os/file.h"

namespace sky::files {

namespace {

constexpr std::uint64_t kIgnoreFileBytesMax = 1U << 20U;

auto parse_file(const std::string& path, IgnoreSyntax syntax) -> std::optional<IgnoreList> {
  const Result<std::string> text = os::read_file(path, kIgnoreFileBytesMax);
  if (!text.ok()) return std::nullopt;
  return IgnoreList::parse(*text, syntax);
}

// Patterns and the directory that they are relative to, as a prefix ("" or "a/b/") of paths from the rules' top.
struct Scope {
  IgnoreList list;
  size_t prefix_size = 0;
};

// The rules that hold in one repository, or outside of any. The stack follows the walk.
class Rules {
 public:
  // Those of `root` and of what is above it in its repository.
  static auto for_root(const std::string& root) -> Rules {
    Rules rules;
    if (auto own = parse_file(root + "/.skyignore", IgnoreSyntax::kSky)) {
      rules.reads_git_ = false;
      rules.scopes_.push_back({std::move(*own), 0});
      return rules;
    }
    std::error_code ignored;
    const std::string absolute = std::filesystem::weakly_canonical(root, ignored).string();
    for (std::string above = absolute; above.size() > 1; above = os::parent_dir(above)) {
      std::optional<Repository> repository = read_repository(above);
      if (!repository) continue;
      rules.use(std::move(*repository));
      if (above.size() < absolute.size()) rules.descend(absolute.substr(above.size() + 1));
      break;
    }
    return rules;
  }
  // Those of a repository inside the walk, whose own rules replace the outer ones.
  static auto for_repository(Repository repository, size_t path_size) -> Rules {
    Rules rules;
    rules.use(std::move(repository));
    rules.skipped_ = path_size + 1;
    return rules;
  }

  auto reads_git() const -> bool { return reads_git_; }

  // `path` is relative to the root of the walk. `directory` is where it lies on disk.
  void enter(std::string_view path, const std::string& directory) {
    if (!reads_git_) return;
    std::string from_top = top_path(path);
    if (!from_top.empty()) from_top += '/';
    std::optional<IgnoreList> list = parse_file(directory + "/.gitignore", IgnoreSyntax::kGit);
    scopes_.push_back({list ? std::move(*list) : IgnoreList(), from_top.size()});
  }
  void leave() {
    if (reads_git_) scopes_.pop_back();
  }

  // What the patterns say of this one path.
  auto ignores(std::string_view path, bool is_directory) const -> bool {
    const std::string from_top = top_path(path);
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto ignored = scope->list.ignores(std::string_view(from_top).substr(scope->prefix_size), is_directory);
      if (ignored) return *ignored;
    }
    return false;
  }
  auto tracks(std::string_view path) const -> bool { return tracked_.contains(top_path(path)); }

 private:
  void use(Repository repository) {
    top_ = std::move(repository.top);
    tracked_ = std::move(repository.tracked);
    scopes_.push_back({IgnoreList::parse(repository.exclude, IgnoreSyntax::kGit), 0});
  }
  // The root of the walk lies at `path` below the top: takes the `.gitignore`s of the directories above it.
  void descend(const std::string& path) {
    for (size_t end = 0; end != std::string::npos; end = path.find('/', end + 1)) enter_above(path.substr(0, end));
    root_prefix_ = path + "/";
  }
  void enter_above(const std::string& path) {
    std::optional<IgnoreList> list = parse_file(top_ + "/" + path + "/.gitignore", IgnoreSyntax::kGit);
    if (list) scopes_.push_back({std::move(*list), path.empty() ? 0 : path.size() + 1});
  }
  // A path relative to the root of the walk, as seen from the top of the rules.
  auto top_path(std::string_view path) const -> std::string {
    path.remove_prefix(std::min(skipped_, path.size()));
    if (path.empty()) return root_prefix_.substr(0, root_prefix_.size() - !root_prefix_.empty());
    return root_prefix_ + std::string(path);
  }

  bool reads_git_ = true;
  std::string top_;
  std::string root_prefix_;  // "" or "sub/dir/": where the walk's root lies below the top
  size_t skipped_ = 0;       // of a path: where a repository inside the walk begins
  std::unordered_set<std::string> tracked_;
  std::vector<Scope> scopes_;
};

class Walker {
 public:
  explicit Walker(std::string root) : root_(std::move(root)) {}

  // What holds in a directory.
  struct Context {
    Rules* rules = nullptr;
    bool ignored = false;  // the directory is, and is only here for tracked files in it
  };

  // `rules` null: everything is taken.
  auto run(Rules* rules) -> Result<WalkResult> {
    SKY_TRY(const std::vector<os::DirEntry> names, os::list_dir(root_));
    if (rules != nullptr) rules->enter("", root_);
    SKY_CHECK(take_all("", names, {rules, false}));
    std::ranges::sort(result_.manifest.entries, {}, &Entry::path);
    return std::move(result_);
  }

 private:
  auto on_disk(const std::string& path) const -> std::string { return root_ + "/" + path; }

  auto take_all(const std::string& path, const std::vector<os::DirEntry>& names, Context context) -> Result<> {
    for (const os::DirEntry& name : names) {
      const std::string child = path.empty() ? name.name : path + "/" + name.name;
      Context inner = context;
      if (inner.rules != nullptr && inner.rules->reads_git() && name.name == ".git") inner = {};
      if (inner.rules != nullptr) {
        inner.ignored = inner.ignored || inner.rules->ignores(child, name.type == os::FileType::kDirectory);
        if (inner.ignored && !inner.rules->tracks(child)) continue;
      }
      SKY_CHECK(take(child, inner));
    }
    return {};
  }

  // What vanishes while we look is left out.
  auto take(const std::string& path, Context context) -> Result<> {
    const Result<os::FileInfo> info = os::stat_file(on_disk(path), os::Follow::kNo);
    if (!info.ok()) return {};
    if (result_.manifest.entries.size() == kEntriesMax) {
      return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}' holds more than {} files", root_, kEntriesMax),
                        "leave directories out with a .skyignore file");
    }
    Entry entry{.path = path, .modified = info->modified, .mode = info->mode & 0777U};
    switch (info->type) {
      case os::FileType::kRegular:
        entry.size_bytes = info->size_bytes;
        break;
      case os::FileType::kDirectory:
        entry.type = EntryType::kDirectory;
        break;
      case os::FileType::kSymlink: {
        Result<std::string> target = os::read_symlink(on_disk(path));
        if (!target.ok()) return {};
        entry.type = EntryType::kSymlink;
        entry.link_target = std::move(*target);
        break;
      }
      case os::FileType::kOther:
        note(path, "it is a socket, pipe or device");
        return {};
    }
    result_.manifest.entries.push_back(std::move(entry));
    return info->type == os::FileType::kDirectory ? enter(path, context) : Result<>();
  }

  auto enter(const std::string& path, Context context) -> Result<> {
    const Result<std::vector<os::DirEntry>> names = os::list_dir(on_disk(path));
    if (!names.ok()) {
      note(path, names.error().message);
      return {};
    }
    if (context.rules == nullptr) return take_all(path, *names, context);
    std::optional<Rules> own;
    if (context.rules->reads_git()) {
      if (auto repository = read_repository(on_disk(path))) {
        own = Rules::for_repository(std::move(*repository), path.size());
        context = {&*own, false};
      }
    }
    context.rules->enter(path, on_disk(path));
    Result<> taken = take_all(path, *names, context);
    context.rules->leave();
    return taken;
  }

  void note(const std::string& path, std::string_view why) {
    result_.notes.push_back(fmt::format("'{}' is not synced: {}", on_disk(path), why));
  }

  const std::string root_;
  WalkResult result_;
};

}  // namespace

auto walk(const std::string& root, Ignoring ignoring) -> Result<WalkResult> {
  SKY_TRY(const os::FileInfo info, os::stat_file(root));
  if (info.type == os::FileType::kRegular) {
    Entry file{.size_bytes = info.size_bytes, .modified = info.modified, .mode = info.mode & 0777U};
    return WalkResult{.manifest = {{std::move(file)}}, .notes = {}};
  }
  if (info.type != os::FileType::kDirectory) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("'{}': expected a file or a directory", root));
  }
  std::optional<Rules> rules;
  if (ignoring == Ignoring::kIgnoreFiles) rules = Rules::for_root(root);
  return Walker(root).run(rules ? &*rules : nullptr);
}

}  // namespace sky::files
