// The bytes of a catalog: one contiguous image with a header, in memory or mapped from a cache file.
//
//   header | machines | offers | regions | zones | by_name | by_accelerator | texts
//
// Sections are aligned to 8 bytes. The image is for this machine alone (byte order, layout): another build with another
// kBlockVersion makes a new one. A Block that exists is well-formed: every index and every text lies inside.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"

namespace sky::catalog {

inline constexpr std::uint32_t kBlockVersion = 1;

// Identifies the text that an image was made of.
struct SourceStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t hash = 0;
  auto operator==(const SourceStamp&) const -> bool = default;
};

struct Section {
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
};

struct BlockHeader {
  char magic[8] = {};
  std::uint32_t version = 0;
  std::uint32_t header_size = 0;
  std::uint64_t image_size = 0;
  std::uint64_t checksum = 0;  // of the image with a zero here
  SourceStamp source;
  Section machines;
  Section offers;
  Section regions;
  Section zones;
  Section by_name;
  Section by_accelerator;
  Section texts;
};

// Fast, for finding damage and change; no defence against an enemy.
auto quick_hash(std::string_view bytes) -> std::uint64_t;

class Block {
 public:
  // Takes the image when it is well-formed; kDataCorrupt says what is wrong.
  static auto of(std::string image) -> Result<std::shared_ptr<const Block>>;
  // Maps the file. Errors: kNotFound, kDataCorrupt, and what opening says.
  static auto map(const std::string& path) -> Result<std::shared_ptr<const Block>>;
  Block(const Block&) = delete;
  auto operator=(const Block&) -> Block& = delete;
  ~Block();

  auto bytes() const -> std::string_view { return bytes_; }
  auto header() const -> const BlockHeader& { return *reinterpret_cast<const BlockHeader*>(bytes_.data()); }
  template <class T>
  auto section(const Section& section) const -> std::span<const T> {
    return {reinterpret_cast<const T*>(bytes_.data() + section.offset), section.count};
  }

 private:
  Block() = default;

  std::string owned_;
  void* mapped_ = nullptr;
  std::string_view bytes_;
};

// An image of the rows, in their order.
auto build_block(std::span<const Row> rows, const SourceStamp& source) -> std::string;
// The same image as made of another source.
auto with_source(std::string image, const SourceStamp& source) -> std::string;

}  // namespace sky::catalog
