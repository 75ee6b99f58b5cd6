// Ignore patterns: which files of a directory are not synced. Pure.
//
// Two syntaxes share one matcher. Git's, as in gitignore(5): comments, `!`, trailing `/`, anchoring by slashes, `*`,
// `?`,
// `[…]`, `**`, backslash escapes; the last pattern that matches decides. And that of `.skyignore`, as in rsync's
// exclude files: `#` comments, `/x` at the root, `x` and `x/y` anywhere, trailing `/` for directories, no negation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sky::files {

// Whether `glob` matches all of `path`, as git's wildmatch with slashes special: `*`, `?` and `[…]` never match '/';
// `**/`, `/**/` and `/**` span directories. Linear in practice: two backtrack points.
auto wild_match(std::string_view glob, std::string_view path) -> bool;

enum class IgnoreSyntax { kGit, kSky };

// The patterns of one file.
class IgnoreList {
 public:
  static auto parse(std::string_view text, IgnoreSyntax syntax) -> IgnoreList;

  // `path` is relative to the directory of the patterns' file. nullopt when no pattern matches; false when the last one
  // that does takes it back in. Says nothing about the directories above: whoever walks does not enter ignored ones.
  auto ignores(std::string_view path, bool is_directory) const -> std::optional<bool>;
  auto empty() const -> bool { return patterns_.empty(); }

 private:
  struct Pattern {
    std::string glob;
    size_t literal_size = 0;  // of what stands before the first wildcard
    bool negated = false;
    bool directory_only = false;
    bool name_only = false;  // matched against the last part of the path
  };
  static auto parse_git(std::string_view line) -> Pattern;
  static auto parse_sky(std::string_view line) -> Pattern;

  std::vector<Pattern> patterns_;
};

}  // namespace sky::files
