#include "files/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::files {
namespace {

struct Member {
  std::string path;
  std::string content;
  int type = AE_IFREG;  // of links `content` is the target
};

class ZipTest : public testing::Test {
 protected:
  auto make_zip(const std::vector<Member>& members) -> std::string {
    const std::string path = folder_.file("made.zip");
    archive* to = archive_write_new();
    archive_write_set_format_zip(to);
    archive_write_open_filename(to, path.c_str());
    for (const Member& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.path.c_str());
      archive_entry_set_filetype(entry, static_cast<unsigned>(member.type));
      archive_entry_set_perm(entry, 0640);
      archive_entry_set_mtime(entry, 1'700'000'000, 0);
      if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.content.c_str());
      if (member.type == AE_IFREG) archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
      archive_write_header(to, entry);
      if (member.type == AE_IFREG) archive_write_data(to, member.content.data(), member.content.size());
      archive_entry_free(entry);
    }
    archive_write_free(to);
    return path;
  }
  auto unpack(const std::vector<std::string>& parts, std::uint64_t limit = 1U << 20U) -> Result<> {
    return unpack_zip(parts, target(), limit);
  }
  auto target() const -> std::string { return folder_.file("target"); }
  auto content(const std::string& name) const -> std::string {
    return os::read_file(target() + "/" + name).value_or(std::string("absent"));
  }

  os::TempDir folder_ = os::TempDir::make().value();
};

TEST_F(ZipTest, AbsoluteNames_LandBelowTheTarget) {
  const auto unpacked = unpack({make_zip({{"/home/u/wd/a.txt", "one"}, {"home/u/wd/sub/b.txt", "two"}})});
  ASSERT_TRUE(unpacked.ok()) << to_string(unpacked.error());
  EXPECT_EQ(content("home/u/wd/a.txt"), "one");
  EXPECT_EQ(content("home/u/wd/sub/b.txt"), "two");
  EXPECT_EQ(os::stat_file(target() + "/home/u/wd/a.txt")->mode, mode_t{0640});
}

TEST_F(ZipTest, Pieces_AreReadAsOne) {
  const std::string whole = os::read_file(make_zip({{"a", std::string(5000, 'x')}, {"b", "two"}})).value();
  std::vector<std::string> parts;
  for (size_t at = 0; at < whole.size(); at += 50) {
    parts.push_back(folder_.file(fmt::format("part{}", at)));
    ASSERT_TRUE(os::write_file_atomic(parts.back(), whole.substr(at, 50)).ok());
  }
  const auto unpacked = unpack(parts);
  ASSERT_TRUE(unpacked.ok()) << to_string(unpacked.error());
  EXPECT_EQ(content("a"), std::string(5000, 'x'));
  EXPECT_EQ(content("b"), "two");
}

TEST_F(ZipTest, NamesThatLeadOut_AreRefused) {
  for (const char* name : {"../evil", "a/../../evil", "/../evil"}) {
    const auto unpacked = unpack({make_zip({{name, "x"}})});
    ASSERT_FALSE(unpacked.ok()) << name;
    EXPECT_EQ(unpacked.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(os::file_exists(folder_.file("evil")));
}

TEST_F(ZipTest, LinksThatLeadOut_AreRefused) {
  for (const char* link : {"/etc/passwd", "../../x", "sub/../../../x"}) {
    EXPECT_FALSE(unpack({make_zip({{"wd/link", link, AE_IFLNK}})}).ok()) << link;
  }
  ASSERT_TRUE(unpack({make_zip({{"wd/f", "x"}, {"wd/link", "../wd/f", AE_IFLNK}})}).ok());
  EXPECT_EQ(os::read_symlink(target() + "/wd/link").value_or(std::string()), "../wd/f");
}

TEST_F(ZipTest, WriteThroughALink_IsRefused) {
  // A link that stays inside, then a file "below" it.
  EXPECT_FALSE(unpack({make_zip({{"d/f", "x"}, {"l", "d", AE_IFLNK}, {"l/g", "y"}})}).ok());
  EXPECT_EQ(content("d/g"), "absent");
}

TEST_F(ZipTest, TooLarge_IsRefusedBeforeItIsWritten) {
  EXPECT_FALSE(unpack({make_zip({{"a", std::string(2000, 'x')}})}, 1000).ok());
  EXPECT_FALSE(os::file_exists(target() + "/a"));
}

TEST_F(ZipTest, OtherBytes_AreNoArchive) {
  const std::string path = folder_.file("text");
  ASSERT_TRUE(os::write_file_atomic(path, "hello").ok());
  const auto unpacked = unpack({path});
  ASSERT_FALSE(unpacked.ok());
  EXPECT_NE(unpacked.error().message.find("no zip archive"), std::string::npos);
}

TEST(StaysBelow, LinksOfAnyShape) {
  EXPECT_TRUE(stays_below("a", "b"));
  EXPECT_TRUE(stays_below("a/b/c", "../../x"));
  EXPECT_FALSE(stays_below("a/b/c", "../../../x"));
  EXPECT_FALSE(stays_below("a", "/x"));
  EXPECT_FALSE(stays_below("a", ""));
  EXPECT_FALSE(stays_below("a/b", "x/../../../y"));
}

}  // namespace
}  // namespace sky::files
