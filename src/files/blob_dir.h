// BlobDir: contents of files by their digest, each stored once.
//
//   <dir>/ab/cdef…        content; mode 0400, never changed. Its time of modification is that of its last use
//   <dir>/new-XXXXXX      being written
//
// A blob appears under its name only when it is complete, so two writers of equal content do not disturb each other.
// Nothing is synced but handed to the disk (os::write_back): whoever records a blob's name syncs that record behind it.
//
// Blocking, thread-safe: the only state is the disk's. Removing is safe only while nobody adds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/file.h"
#include "seal/digest.h"

namespace sky::files {

struct BlobId {
  seal::DigestBytes digest{};

  auto operator<=>(const BlobId&) const = default;
};
auto to_string(const BlobId& id) -> std::string;  // 64 hex digits

struct Blob {
  BlobId id;
  std::uint64_t size_bytes = 0;
};

// One blob that is being written. Dropping it without commit() leaves nothing.
class BlobWriter {
 public:
  BlobWriter(BlobWriter&&) noexcept = default;
  auto operator=(BlobWriter&&) -> BlobWriter& = delete;
  ~BlobWriter();

  auto write(std::string_view bytes) -> Result<>;
  auto commit() -> Result<Blob>;

  // Copies on from `source`, of which nothing was read yet before the first call: about `bytes_max`; less at its end.
  // Shares the file's extents instead of copying where the file system can.
  auto copy_some(int source, std::uint64_t bytes_max) -> Result<std::uint64_t>;

 private:
  friend class BlobDir;
  BlobWriter(std::string dir, std::string path, os::UniqueFd fd)
      : dir_(std::move(dir)), path_(std::move(path)), fd_(std::move(fd)) {}

  std::string dir_;
  std::string path_;
  os::UniqueFd fd_;
  seal::Digest digest_;
  std::uint64_t size_bytes_ = 0;
  bool shared_ = false;  // the content is there already: only the digest is to be made
};

class BlobDir {
 public:
  explicit BlobDir(std::string path) : path_(std::move(path)) {}

  // kStorageFull and others from the system.
  auto begin() const -> Result<BlobWriter>;
  auto path_of(const BlobId& id) const -> std::string;
  // Marks it as used now. False: it is not here.
  auto touch(const BlobId& id) const -> bool;
  auto remove(const BlobId& id) const -> Result<>;

  struct Listed {
    BlobId id;
    std::uint64_t size_bytes = 0;
    WallTime used;
  };
  // Also removes what a crash left half written. REQUIRES: nobody adds meanwhile.
  auto list() const -> Result<std::vector<Listed>>;

 private:
  std::string path_;
};

}  // namespace sky::files
