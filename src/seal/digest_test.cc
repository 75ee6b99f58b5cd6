#include "seal/digest.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace sky::seal {
namespace {

auto hex_digest(std::string_view text) -> std::string {
  const DigestBytes digest = digest_of(text);
  return to_hex({digest.data(), digest.size()});
}

// From `b2sum -l 256` of coreutils.
TEST(Digest, KnownTexts_HaveTheDigestsOfOtherPrograms) {
  EXPECT_EQ(hex_digest(""), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(hex_digest("abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Digest, Pieces_CountAsTheWhole) {
  Digest digest;
  digest.update("a");
  digest.update("");
  digest.update("bc");
  EXPECT_EQ(digest.finish(), digest_of("abc"));
}

}  // namespace
}  // namespace sky::seal
