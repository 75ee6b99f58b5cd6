#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "async/run_on.h"
#include "files/frames.h"
#include "files/sync.h"
#include "files/wire.h"

namespace sky::files {

using async::Task;

namespace {

// The file that is being sent. Errors are those of this file alone.
struct Source {
  std::string path;
  int flags = O_RDONLY | O_NONBLOCK;  // should a pipe lie there by now, opening it does not wait
  os::UniqueFd file = {};

  auto open() -> Result<> {
    SKY_TRY(file, os::open_file(path, flags));
    return {};
  }
  // Empty at the end.
  auto read() -> Result<std::string> {
    std::string block(kFrameBytesMax, '\0');
    ssize_t count = 0;
    do {
      count = ::read(file.get(), block.data(), block.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return os::errno_error(errno, "read", path);
    block.resize(static_cast<size_t>(count));
    return block;
  }
};

class Sender {
 public:
  Sender(async::ByteStream& stream, Tree tree) : frames_(stream), tree_(std::move(tree)) {}

  auto run() -> Task<Result<SendResult>> {
    std::string encoded = encode(tree_.manifest);
    SKY_CO_CHECK(co_await frames_.send_all(FrameType::kManifest, std::move(encoded), FrameType::kManifestEnd));
    const size_t wanted_bytes_max = tree_.manifest.entries.size() * sizeof(std::uint32_t);
    SKY_CO_TRY(const std::string wanted,
               co_await frames_.receive_all(FrameType::kWanted, FrameType::kWantedEnd, wanted_bytes_max));
    for (Cursor cursor(wanted); !cursor.at_end();) {
      const auto index = cursor.take<std::uint32_t>();
      if (cursor.failed() || index >= tree_.manifest.entries.size() ||
          tree_.manifest.entries[index].type != EntryType::kFile) {
        co_return make_error(ErrorCode::kDataCorrupt, "file sync: the peer wants a file that was not offered");
      }
      SKY_CO_CHECK(co_await send_file(index));
    }
    SKY_CO_CHECK(co_await frames_.send(FrameType::kAllSent));
    SKY_CO_TRY(const Frame answer, co_await frames_.receive());
    if (answer.type != FrameType::kDone) co_return unexpected_frame(answer);
    co_return std::move(result_);
  }

 private:
  auto send_file(std::uint32_t index) -> Task<Result<>> {
    Source source{.path = tree_.path_of(index)};
    // The root may be a link, what lies below is what it was.
    if (!tree_.manifest.entries[index].path.empty()) source.flags |= O_NOFOLLOW;
    std::string head;
    put(head, index);
    SKY_CO_CHECK(co_await frames_.send(FrameType::kFile, std::move(head)));
    const auto open_and_read = [&source]() -> Result<std::string> {
      SKY_CHECK(source.open());
      return source.read();
    };
    Result<std::string> block = co_await async::run_on(open_and_read);
    std::uint64_t sent = 0;
    while (block.ok() && !block->empty()) {
      sent += block->size();
      const bool last = block->size() < kFrameBytesMax;  // as files are; what grows after this is the next sync's
      SKY_CO_CHECK(co_await frames_.send(FrameType::kBlock, std::move(*block)));
      if (last) break;
      const auto read = [&source] { return source.read(); };
      block = co_await async::run_on(read);
    }
    if (!block.ok()) {
      result_.notes.push_back(block.error().message);
      co_return co_await frames_.send(FrameType::kFileSkip);
    }
    ++result_.files_sent;
    result_.bytes_sent += sent;
    co_return co_await frames_.send(FrameType::kFileEnd);
  }

  Frames frames_;
  const Tree tree_;
  SendResult result_;
};

// A peer that gave up has said why before it stopped reading.
auto better_error(Frames* frames, Error error) -> Task<Error> {
  if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kIo) co_return error;
  const Result<Frame> last = co_await frames->receive();
  if (last.ok() || last.error().code == ErrorCode::kUnavailable) co_return error;
  co_return last.error();
}

}  // namespace

auto tree_of(std::string root, Manifest manifest) -> Tree {
  std::vector<std::string> paths;
  Tree tree{.manifest = std::move(manifest), .path_of = {}};
  for (const Entry& entry : tree.manifest.entries) paths.push_back(entry.path.empty() ? root : root + "/" + entry.path);
  tree.path_of = [paths = std::move(paths)](std::uint32_t index) { return paths[index]; };
  return tree;
}

auto tree_of(std::shared_ptr<const Snapshot> snapshot, BlobDir blobs) -> Tree {
  Tree tree{.manifest = snapshot->manifest, .path_of = {}};
  tree.path_of = [snapshot = std::move(snapshot), blobs = std::move(blobs)](std::uint32_t index) {
    return blobs.path_of(snapshot->blobs[index]);
  };
  return tree;
}

auto send_files(async::ByteStream& stream, Tree tree) -> Task<Result<SendResult>> {
  Sender sender(stream, std::move(tree));
  Result<SendResult> result = co_await sender.run();
  if (result.ok()) co_return result;
  Frames frames(stream);
  co_return co_await better_error(&frames, std::move(result).error());
}

}  // namespace sky::files
