#include "files/blob_dir.h"

#include <fcntl.h>

#include <gtest/gtest.h>

#include "os/temp_dir.h"

namespace sky::files {
namespace {

class BlobDirTest : public testing::Test {
 protected:
  auto add(std::string_view text) -> Blob {
    BlobWriter writer = blobs_.begin().value();
    EXPECT_TRUE(writer.write(text).ok());
    return writer.commit().value();
  }
  auto content(const BlobId& id) -> std::string {
    return os::read_file(blobs_.path_of(id)).value_or(std::string("(none)"));
  }

  os::TempDir dir_ = os::TempDir::make().value();
  BlobDir blobs_{dir_.file("blobs")};
};

TEST_F(BlobDirTest, EqualContent_IsStoredOnce) {
  const Blob first = add("alpha");
  const Blob second = add("alpha");
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(first.size_bytes, 5U);
  EXPECT_EQ(content(first.id), "alpha");
  EXPECT_EQ(blobs_.list()->size(), 1U);
  EXPECT_NE(add("beta").id, first.id);
}

TEST_F(BlobDirTest, CopiedInPieces_IsTheWholeFile) {
  std::string text(3'000'000, 'x');
  text[1'500'000] = 'y';
  ASSERT_TRUE(os::append_file(dir_.file("source"), text).ok());
  const os::UniqueFd source = os::open_file(dir_.file("source"), O_RDONLY).value();
  BlobWriter writer = blobs_.begin().value();
  int calls = 0;
  for (std::uint64_t copied = 1U << 20U; copied == 1U << 20U; ++calls) {
    copied = writer.copy_some(source.get(), 1U << 20U).value();
  }
  EXPECT_EQ(calls, 3);
  const Blob blob = writer.commit().value();
  EXPECT_EQ(blob.size_bytes, text.size());
  EXPECT_EQ(blob.id.digest, seal::digest_of(text));
  EXPECT_EQ(content(blob.id), text);
}

TEST_F(BlobDirTest, WriterThatIsDropped_LeavesNothing) {
  {
    BlobWriter writer = blobs_.begin().value();
    EXPECT_TRUE(writer.write("half").ok());
    EXPECT_EQ(os::list_dir(dir_.file("blobs"))->size(), 1U);
  }
  EXPECT_TRUE(os::list_dir(dir_.file("blobs"))->empty());
}

TEST_F(BlobDirTest, WriterThatWasKilled_IsSweptByTheNextList) {
  add("whole");
  ASSERT_TRUE(os::append_file(dir_.file("blobs/new-abc123"), "half").ok());
  EXPECT_EQ(blobs_.list()->size(), 1U);
  EXPECT_FALSE(os::file_exists(dir_.file("blobs/new-abc123")));
}

TEST_F(BlobDirTest, BlobCutShort_IsReplacedByTheNextWriter) {
  const Blob blob = add("content");
  ASSERT_TRUE(os::remove_file(blobs_.path_of(blob.id)).ok());
  ASSERT_TRUE(os::append_file(blobs_.path_of(blob.id), "con").ok());
  add("content");
  EXPECT_EQ(content(blob.id), "content");
}

TEST_F(BlobDirTest, Touch_SaysWhetherTheBlobIsThere) {
  const Blob blob = add("x");
  EXPECT_TRUE(blobs_.touch(blob.id));
  EXPECT_TRUE(blobs_.remove(blob.id).ok());
  EXPECT_FALSE(blobs_.touch(blob.id));
}

}  // namespace
}  // namespace sky::files
