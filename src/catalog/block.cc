#include "catalog/block.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "os/file.h"

namespace sky::catalog {
namespace {

constexpr std::string_view kMagic = "SKYCATLG";

auto corrupt(std::string_view what) -> Error {
  return make_error(ErrorCode::kDataCorrupt, fmt::format("catalog image: {}", what));
}

template <class T>
auto fits(const Section& section, std::uint64_t image_size) -> bool {
  return section.offset % 8 == 0 && section.offset >= sizeof(BlockHeader) && section.offset <= image_size &&
         section.count <= (image_size - section.offset) / sizeof(T);
}

auto sections_fit(const BlockHeader& header) -> bool {
  return fits<Machine>(header.machines, header.image_size) && fits<Offer>(header.offers, header.image_size) &&
         fits<Region>(header.regions, header.image_size) && fits<Text>(header.zones, header.image_size) &&
         fits<std::uint32_t>(header.by_name, header.image_size) &&
         fits<std::uint32_t>(header.by_accelerator, header.image_size) && fits<char>(header.texts, header.image_size);
}

auto checksum_of(BlockHeader header, std::string_view image) -> std::uint64_t {
  header.checksum = 0;
  const std::string_view head(reinterpret_cast<const char*>(&header), sizeof header);
  return quick_hash(head) ^ quick_hash(image.substr(sizeof header));
}

auto check_header(std::string_view bytes) -> Result<> {
  if (bytes.size() < sizeof(BlockHeader)) return corrupt("shorter than its header");
  BlockHeader header;
  std::memcpy(static_cast<void*>(&header), bytes.data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != kMagic) return corrupt("another kind of file");
  if (header.version != kBlockVersion || header.header_size != sizeof(BlockHeader)) return corrupt("another version");
  if (header.image_size != bytes.size()) return corrupt("truncated");
  if (!sections_fit(header)) return corrupt("a section lies outside");
  if (header.checksum != checksum_of(header, bytes)) return corrupt("checksum mismatch");
  return {};
}

// Every index and text points inside. After the checksum this can only fail for an image made by other code.
auto check_contents(const Block& block) -> Result<> {
  const BlockHeader& header = block.header();
  const auto text_ok = [&](Text text) {
    return text.offset <= header.texts.count && text.size <= header.texts.count - text.offset;
  };
  for (const auto& machine : block.section<Machine>(header.machines)) {
    const bool texts = text_ok(machine.instance_type) && text_ok(machine.accelerator) && text_ok(machine.arch) &&
                       text_ok(machine.generation);
    if (!texts || machine.offer_begin > machine.offer_end || machine.offer_end > header.offers.count) {
      return corrupt("a machine points outside");
    }
  }
  for (const auto& offer : block.section<Offer>(header.offers)) {
    const bool zone = offer.zone == Offer::kNoZone || offer.zone < header.zones.count;
    if (!zone || offer.machine >= header.machines.count || offer.region >= header.regions.count) {
      return corrupt("an offer points outside");
    }
  }
  for (const auto& region : block.section<Region>(header.regions)) {
    if (!text_ok(region.name) || region.zone_begin > region.zone_end || region.zone_end > header.zones.count) {
      return corrupt("a region points outside");
    }
  }
  for (const auto& zone : block.section<Text>(header.zones)) {
    if (!text_ok(zone)) return corrupt("a zone points outside");
  }
  for (const Section& index : {header.by_name, header.by_accelerator}) {
    for (const auto machine : block.section<std::uint32_t>(index)) {
      if (machine >= header.machines.count) return corrupt("an index points outside");
    }
  }
  return {};
}

}  // namespace

auto quick_hash(std::string_view bytes) -> std::uint64_t {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;
  constexpr size_t kLanes = 4;
  std::uint64_t lanes[kLanes] = {1, 2, 3, bytes.size()};
  size_t at = 0;
  for (; at + kLanes * sizeof(std::uint64_t) <= bytes.size(); at += kLanes * sizeof(std::uint64_t)) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at + lane * sizeof word, sizeof word);
      lanes[lane] = (lanes[lane] ^ word) * kMultiplier;
      lanes[lane] ^= lanes[lane] >> 29U;
    }
  }
  std::uint64_t hash = 0;
  for (const auto lane : lanes) hash = (hash ^ lane) * kMultiplier + (hash >> 31U);
  for (; at < bytes.size(); ++at) hash = (hash ^ static_cast<unsigned char>(bytes[at])) * kMultiplier;
  return hash ^ (hash >> 32U);
}

auto with_source(std::string image, const SourceStamp& source) -> std::string {
  BlockHeader header;
  std::memcpy(static_cast<void*>(&header), image.data(), sizeof header);
  header.source = source;
  header.checksum = checksum_of(header, image);
  std::memcpy(image.data(), &header, sizeof header);
  return image;
}

Block::~Block() {
  if (mapped_ != nullptr) ::munmap(mapped_, bytes_.size());
}

auto Block::of(std::string image) -> Result<std::shared_ptr<const Block>> {
  SKY_CHECK(check_header(image));
  std::shared_ptr<Block> block(new Block());
  block->owned_ = std::move(image);
  block->bytes_ = block->owned_;
  SKY_CHECK(check_contents(*block));
  return std::shared_ptr<const Block>(std::move(block));
}

auto Block::map(const std::string& path) -> Result<std::shared_ptr<const Block>> {
  SKY_TRY(const os::UniqueFd file, os::open_file(path, O_RDONLY));
  SKY_TRY(const os::FileInfo info, os::stat_file(path));
  if (info.size_bytes < sizeof(BlockHeader)) return corrupt("shorter than its header");
  std::shared_ptr<Block> block(new Block());
  void* mapped = ::mmap(nullptr, info.size_bytes, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) return os::errno_error(errno, "map", path);
  block->mapped_ = mapped;
  block->bytes_ = {static_cast<const char*>(mapped), info.size_bytes};
  SKY_CHECK(check_header(block->bytes_));
  SKY_CHECK(check_contents(*block));
  return std::shared_ptr<const Block>(std::move(block));
}

}  // namespace sky::catalog
