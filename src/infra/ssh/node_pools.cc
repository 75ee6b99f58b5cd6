#include "infra/ssh/node_pools.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "format/yaml.h"

namespace sky::infra {
namespace {

constexpr std::array<std::string_view, 5> kPoolKeys{"user", "identity_file", "password", "port", "hosts"};
constexpr std::array<std::string_view, 5> kHostKeys{"ip", "user", "identity_file", "password", "port"};

struct Reader {
  std::string_view file;
  std::string_view home;

  auto wrong(const YamlNode& node, std::string_view what) const -> Error {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", location_of(node, file), what));
  }

  // A word that ssh takes as it is: it must not look like an option, nor break a line of a configuration.
  auto word(const YamlNode& node, std::string_view what) const -> Result<std::string> {
    if (!node.is_string() || node.text.empty()) {
      return wrong(node, fmt::format("{}: expected text, found {}", what, python_repr(node)));
    }
    const bool safe = std::ranges::none_of(node.text, [](char c) {
      return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '*' || c == '?' || c == '!';
    });
    if (!safe || node.text.front() == '-') {
      return wrong(node, fmt::format("{}: expected a name without blanks, found {}", what, python_repr(node)));
    }
    return node.text;
  }
  auto path(const YamlNode& node) const -> Result<std::string> {
    if (!node.is_string() || node.text.find_first_of("\"\n") != std::string::npos) {
      return wrong(node, fmt::format("identity_file: expected a path, found {}", python_repr(node)));
    }
    return node.text.starts_with("~/") ? std::string(home) + node.text.substr(1) : node.text;
  }
  auto port(const YamlNode& node) const -> Result<int> {
    if (node.is(YamlKind::kInt) && node.int_fits && node.int_value >= 1 && node.int_value <= 65535) {
      return static_cast<int>(node.int_value);
    }
    return wrong(node, fmt::format("port: expected a number from 1 to 65535, found {}", python_repr(node)));
  }
  // Numbers are meant as text: `password: 1234`.
  auto password(const YamlNode& node) const -> Result<Secret> {
    if (node.is_string() || node.is(YamlKind::kInt)) return Secret(node.text);
    return wrong(node, "password: expected text");
  }

  template <class Keys>
  auto check_keys(const YamlNode& mapping, const Keys& keys, std::string_view what) const -> Result<> {
    for (const YamlEntry& entry : mapping.entries) {
      if (std::ranges::find(keys, entry.key->text) != keys.end()) continue;
      std::vector<std::string> known(keys.begin(), keys.end());
      return wrong(*entry.key,
                   fmt::format("unknown field '{}' of a {} (known: {})", entry.key->text, what, join(known, ", ")));
    }
    return {};
  }

  static auto field(const YamlNode& mapping, std::string_view key) -> const YamlNode* {
    const YamlNode* value = mapping.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  // What a pool says about all of its hosts.
  auto defaults(const YamlNode& pool) const -> Result<net::SshTarget> {
    net::SshTarget target;
    if (const auto* node = field(pool, "user")) {
      SKY_TRY(target.default_user, word(*node, "user"));
    }
    if (const auto* node = field(pool, "identity_file")) {
      SKY_TRY(target.default_identity_file, path(*node));
    }
    if (const auto* node = field(pool, "password")) {
      SKY_TRY(target.password, password(*node));
    }
    if (const auto* node = field(pool, "port")) {
      SKY_TRY(target.port, port(*node));
    }
    return target;
  }

  auto host(const YamlNode& node, net::SshTarget target) const -> Result<net::SshTarget> {
    if (!node.is_mapping()) {
      SKY_TRY(target.host, word(node, "a host"));
      return target;
    }
    SKY_CHECK(check_keys(node, kHostKeys, "host"));
    const YamlNode* ip = field(node, "ip");
    if (ip == nullptr) return wrong(node, "a host without `ip`");
    SKY_TRY(target.host, word(*ip, "ip"));
    if (const auto* value = field(node, "user")) {
      SKY_TRY(target.user, word(*value, "user"));
    }
    if (const auto* value = field(node, "identity_file")) {
      SKY_TRY(target.identity_file, path(*value));
    }
    if (const auto* value = field(node, "password")) {
      SKY_TRY(target.password, password(*value));
    }
    if (const auto* value = field(node, "port")) {
      SKY_TRY(target.port, port(*value));
    }
    return target;
  }

  auto pool(const YamlEntry& entry) const -> Result<NodePool> {
    NodePool pool;
    SKY_TRY(pool.name, word(*entry.key, "the name of a pool"));
    if (!entry.value->is_mapping()) {
      return wrong(*entry.value, fmt::format("pool '{}': expected a mapping with `hosts`", pool.name));
    }
    SKY_CHECK(check_keys(*entry.value, kPoolKeys, "pool"));
    const YamlNode* hosts = field(*entry.value, "hosts");
    if (hosts == nullptr || !hosts->is_sequence() || hosts->items.empty()) {
      return wrong(hosts == nullptr ? *entry.key : *hosts,
                   fmt::format("No hosts defined in cluster {} configuration", pool.name));
    }
    SKY_TRY(const net::SshTarget common, defaults(*entry.value));
    for (const YamlNode* item : hosts->items) {
      SKY_TRY(net::SshTarget one, host(*item, common));
      if (std::ranges::find(pool.hosts, one.host, &net::SshTarget::host) != pool.hosts.end()) {
        return wrong(*item, fmt::format("host '{}' is in pool '{}' twice", one.host, pool.name));
      }
      pool.hosts.push_back(std::move(one));
    }
    return pool;
  }
};

}  // namespace

auto parse_node_pools(std::string_view text, std::string_view file, std::string_view home)
    -> Result<std::vector<NodePool>> {
  Result<YamlStream> stream = parse_yaml(text, file);
  if (!stream.ok()) return make_error(ErrorCode::kInvalidArgument, stream.error().message, stream.error().hint);
  const YamlNode* root = stream->documents().empty() ? nullptr : stream->documents().front();
  std::vector<NodePool> pools;
  if (root == nullptr || root->is_null()) return pools;
  const Reader reader{.file = file, .home = home};
  if (!root->is_mapping()) return reader.wrong(*root, "expected a mapping from names of pools to their hosts");
  for (const YamlEntry& entry : root->entries) {
    SKY_TRY(NodePool pool, reader.pool(entry));
    pools.push_back(std::move(pool));
  }
  return pools;
}

auto merge_node_pools(std::string_view file_text, std::string_view file, std::string_view more, std::string_view home)
    -> Result<std::string> {
  SKY_TRY(const std::vector<NodePool> before, parse_node_pools(file_text, file, home));
  SKY_TRY(const std::vector<NodePool> added, parse_node_pools(more, "--file", home));
  SKY_TRY(const YamlStream stream, parse_yaml(more, "--file"));
  std::string text(file_text);
  for (const NodePool& pool : added) {
    const auto same = std::ranges::find(before, pool.name, &NodePool::name);
    if (same != before.end() && *same == pool) continue;
    if (same != before.end()) {
      return make_error(ErrorCode::kConflict,
                        fmt::format("pool '{}' is in {} already, with other content", pool.name, file),
                        "Change it there, or give the pool another name.");
    }
    SKY_TRY(Json content, to_json(*stream.documents().front()->find(pool.name), "--file"));
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += to_yaml_text(JsonObject{{pool.name, std::move(content)}});
  }
  return text;
}

}  // namespace sky::infra
