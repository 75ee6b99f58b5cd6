#include "files/manifest.h"

#include <gtest/gtest.h>

#include "async/sim_loop.h"

namespace sky::files {
namespace {

auto file(std::string path) -> Entry {
  return {.path = std::move(path),
          .size_bytes = 5,
          .modified = WallTime(Duration(1'700'000'000'123'456'789)),
          .mode = 0644};
}
auto directory(std::string path) -> Entry {
  return {.path = std::move(path), .type = EntryType::kDirectory, .mode = 0755};
}
auto link(std::string path, std::string target) -> Entry {
  return {.path = std::move(path), .type = EntryType::kSymlink, .mode = 0777, .link_target = std::move(target)};
}

auto sample() -> Manifest {
  return {{directory("d"), directory("d/x"), file("d/x-y"), file("d/x/z"), file("f"), link("l", "../anywhere")}};
}

TEST(Manifest, EncodedAndDecoded_IsTheSame) {
  const auto decoded = decode(encode(sample()));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->entries, sample().entries);
  EXPECT_TRUE(decode(encode({}))->entries.empty());
  EXPECT_TRUE(decode(encode({{file("")}}))->is_single_file());
}

TEST(Manifest, HostileEntries_AreRefused) {
  const std::vector<Manifest> hostile = {
      {{file("/etc/passwd")}},
      {{file("../up")}},
      {{directory("a"), file("a/../../up")}},
      {{file("a/b")}},                          // no parent
      {{file("a"), file("a/b")}},               // a file as parent
      {{link("a", "/etc"), file("a/passwd")}},  // a link as parent
      {{file("b"), file("a")}},                 // not in order
      {{file("a"), file("a")}},                 // twice
      {{file("./a")}},
      {{directory("a"), file("a//b")}},
      {{directory("a/")}},
      {{file(std::string("a\0b", 3))}},
      {{link("a", "")}},
      {{link("a", std::string("x\0y", 3))}},
      {{file(""), file("a")}},
      {{directory("")}},
      {{file(std::string(5000, 'a'))}},
  };
  for (size_t i = 0; i < hostile.size(); ++i) {
    EXPECT_FALSE(validate(hostile[i]).ok()) << i;
    EXPECT_FALSE(decode(encode(hostile[i])).ok()) << i;
  }
  Entry setuid = file("a");
  setuid.mode = 04755;
  EXPECT_FALSE(validate({{setuid}}).ok());
  EXPECT_EQ(validate(hostile[0]).error().message, "unusable entry /etc/passwd: the path is not relative and plain");
}

TEST(Manifest, TruncatedBytes_AreRefused) {
  const std::string bytes = encode(sample());
  for (size_t size = 0; size < bytes.size(); ++size) ASSERT_FALSE(decode(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(decode(bytes + "x").ok());
  std::string huge_count = encode({});
  huge_count.replace(huge_count.size() - 4, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(decode(huge_count).ok());
}

TEST(Manifest, AlteredBytes_AreRefusedOrStillValid) {
  async::SimLoop random(7);
  const std::string bytes = encode(sample());
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string altered = bytes;
    for (auto n = random.random_u64() % 3; n < 3; ++n) {
      altered[random.random_u64() % altered.size()] = static_cast<char>(random.random_u64());
    }
    const auto decoded = decode(altered);
    if (!decoded.ok()) continue;
    ++accepted;
    ASSERT_TRUE(validate(*decoded).ok());
    ASSERT_EQ(encode(*decoded), altered);
  }
  EXPECT_GT(accepted, 25);
}

}  // namespace
}  // namespace sky::files
