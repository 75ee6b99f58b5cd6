// The two ends of a file sync over any ByteStream: the client's machine or the server sends, a node's agent receives.
//
//   sender                        receiver
//   manifest parts, end      ->
//                            <-   indexes of the wanted files, end
//   file, blocks, file end   ->   … for each of them
//   all sent                 ->
//                            <-   done
//
// Either side may send an error frame instead and stop. A frame is type (1 byte), length (4 bytes, little-endian, at
// most 64 KiB) and payload. Files whose size and time are equal are not sent. A file that changes while it is read is
// sent as it was read; the next sync sees its new time. A file that has vanished or cannot be read is skipped and
// noted.
//
// Neither end closes the stream; after an error its owner must, so that a peer that still writes is not left waiting.
// Disk work runs on the pool; one block is in memory at each end. Errors: kDataCorrupt when the peer breaks the
// protocol, the peer's own error with its code, and those of the stream and the disk. The target holds complete files
// only, also after an error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/stream.h"
#include "files/snapshot.h"
#include "files/target.h"

namespace sky::files {

inline constexpr size_t kFrameBytesMax = 64U << 10U;
inline constexpr size_t kManifestBytesMax = 512U << 20U;

struct SendResult {
  std::uint64_t files_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::vector<std::string> notes;  // one clause for each file that was skipped
};

// What is sent: facts of a tree, and where the content of each file lies now.
struct Tree {
  Manifest manifest;
  std::function<std::string(std::uint32_t index)> path_of;  // of an entry that is a file
};
// `root` is what walk() made `manifest` from.
auto tree_of(std::string root, Manifest manifest) -> Tree;
auto tree_of(std::shared_ptr<const Snapshot> snapshot, BlobDir blobs) -> Tree;

auto send_files(async::ByteStream& stream, Tree tree) -> async::Task<Result<SendResult>>;

struct ReceiveResult {
  std::uint64_t entries = 0;
  std::uint64_t files_received = 0;
};

// `target` becomes a directory, or a file when the manifest is that of a single file.
auto receive_files(async::ByteStream& stream, std::string target, Extra extra) -> async::Task<Result<ReceiveResult>>;

}  // namespace sky::files
