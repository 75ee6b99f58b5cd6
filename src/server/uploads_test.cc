#include "server/uploads.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/temp_dir.h"

namespace sky::server {
namespace {

constexpr std::string_view kTree = "tree-0123456789abcdef";
constexpr std::string_view kName = "00000000000000aa";

class UploadsTest : public testing::Test {
 protected:
  void add(const std::string& name, std::string_view text) {
    const std::string path = folder_.file(fmt::format("cafe/trees/{}/{}", kTree, name));
    ASSERT_TRUE(os::make_dirs(os::parent_dir(path)).ok());
    ASSERT_TRUE(os::write_file_atomic(path, text).ok());
  }
  auto localize(const std::string& yaml, std::string_view id = kTree) -> std::string {
    const auto text = uploads_.localize(yaml, "cafe", id);
    return text.ok() ? *text : text.error().message;
  }

  os::TempDir folder_ = os::TempDir::make().value();
  Uploads uploads_{folder_.path()};
};

TEST_F(UploadsTest, MappedPaths_BecomeThoseOfThisMachine) {
  add("00000000000000aa/f", "x");
  const std::string root = folder_.file(fmt::format("cafe/trees/{}", kTree));
  EXPECT_EQ(localize("workdir: /home/u/wd\nfile_mounts:\n  /data: /home/u/wd\n  /b: s3://bucket\n"
                     "file_mounts_mapping: {\"/home/u/wd\": \"/00000000000000aa\"}\n"),
            fmt::format("workdir: {0}/00000000000000aa\nfile_mounts:\n  /data: {0}/00000000000000aa\n"
                        "  /b: s3://bucket\n",
                        root));
}

TEST_F(UploadsTest, PathsOfThisMachine_AreRefused) {
  for (const char* yaml : {"workdir: /etc\n", "file_mounts:\n  /x: /etc/passwd\n", "file_mounts:\n  /x: ~/.ssh\n",
                           "file_mounts:\n  /x: {source: /etc}\n", "file_mounts:\n  /x: {source: [s3://b, /etc]}\n",
                           "name: a\n---\nworkdir: /etc\n"}) {
    EXPECT_NE(localize(yaml).find("was not uploaded"), std::string::npos) << yaml << localize(yaml);
    EXPECT_NE(localize(yaml, "").find("was not uploaded"), std::string::npos) << yaml;
  }
  EXPECT_EQ(localize("run: echo\n", ""), "run: echo\n");
}

TEST_F(UploadsTest, MappingsThatLeadOut_AreRefused) {
  add("00000000000000aa/f", "x");
  const auto mapped = [&](std::string_view to) {
    return localize(fmt::format("workdir: /w\nfile_mounts_mapping: {{\"/w\": \"{}\"}}\n", to));
  };
  EXPECT_NE(mapped("/../../../etc").find("leads out"), std::string::npos);
  EXPECT_NE(mapped("/absent").find("is not in the upload"), std::string::npos);
  ASSERT_TRUE(os::replace_symlink("/etc", folder_.file(fmt::format("cafe/trees/{}/link", kTree))).ok());
  EXPECT_NE(mapped("/link").find("through a link"), std::string::npos);
  EXPECT_NE(mapped("/link/passwd").find("through a link"), std::string::npos);
}

TEST_F(UploadsTest, IdsFromOutside_AreChecked) {
  EXPECT_TRUE(uploads_.tree_path("cafe", kTree, kName).ok());
  EXPECT_FALSE(uploads_.tree_path("../x", kTree, kName).ok());
  EXPECT_FALSE(uploads_.tree_path("", kTree, kName).ok());
  EXPECT_FALSE(uploads_.tree_path("cafe", "tree-../../../..", kName).ok());
  EXPECT_FALSE(uploads_.tree_path("cafe", kTree, "../../../../evil").ok());
  EXPECT_FALSE(uploads_.has_blob("cafe", "../../x").ok());
  EXPECT_FALSE(*uploads_.has_blob("cafe", std::string(64, 'a')));
}

TEST_F(UploadsTest, OldUploads_AreSwept) {
  add("00000000000000aa", "x");
  const std::string path = folder_.file(fmt::format("cafe/trees/{}", kTree));
  const WallTime made = os::stat_file(path)->modified;
  uploads_.sweep(made + kUploadRetention / 2);
  EXPECT_TRUE(os::file_exists(path));
  uploads_.sweep(made + kUploadRetention * 2);
  EXPECT_FALSE(os::file_exists(path));
}

}  // namespace
}  // namespace sky::server
