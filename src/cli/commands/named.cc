#include "cli/commands/named.h"

#include <algorithm>

#include "base/strings.h"

namespace sky::cli {

auto names_in(const Json& array) -> Result<std::vector<std::string>> {
  SKY_TRY(const JsonArray* objects, as_array(array));
  std::vector<std::string> names;
  for (size_t i = 0; i < objects->size(); ++i) {
    SKY_TRY(const JsonObject* object, as_object((*objects)[i], json_path("", i)));
    SKY_TRY(std::string name, get_string(*object, "name", json_path("", i)));
    names.push_back(std::move(name));
  }
  return names;
}

auto matching_names(const Invocation& given, std::string_view noun, const std::vector<std::string>& existing)
    -> std::vector<std::string> {
  std::vector<std::string> names;
  for (const std::string& pattern : given.arguments("names")) {
    bool found = false;
    for (const std::string& name : existing) {
      if (!glob_match(pattern, name)) continue;
      found = true;
      if (std::ranges::count(names, name) == 0) names.push_back(name);
    }
    if (!found) given.print(fmt::format("{} {} not found.", noun, pattern));
  }
  return names;
}

}  // namespace sky::cli
