#include <fmt/format.h>

#include "async/run_on.h"
#include "files/frames.h"
#include "files/sync.h"
#include "files/wire.h"

namespace sky::files {

using async::Task;

namespace {

class Receiver {
 public:
  Receiver(async::ByteStream& stream, std::string path, Extra extra)
      : frames_(stream), path_(std::move(path)), extra_(extra) {}

  auto run() -> Task<Result<ReceiveResult>> {
    SKY_CO_TRY(const std::string encoded,
               co_await frames_.receive_all(FrameType::kManifest, FrameType::kManifestEnd, kManifestBytesMax));
    const auto open = [this, &encoded]() -> Result<> {
      SKY_TRY(Manifest manifest, decode(encoded));
      SKY_TRY(Target target, Target::open(path_, std::move(manifest), extra_));
      target_.emplace(std::move(target));
      return {};
    };
    SKY_CO_CHECK(co_await async::run_on(open));
    std::string wanted;
    for (const std::uint32_t index : target_->wanted()) put(wanted, index);
    SKY_CO_CHECK(co_await frames_.send_all(FrameType::kWanted, std::move(wanted), FrameType::kWantedEnd));
    for (const std::uint32_t index : target_->wanted()) SKY_CO_CHECK(co_await receive_file(index));
    SKY_CO_TRY(const Frame end, co_await frames_.receive());
    if (end.type != FrameType::kAllSent) co_return unexpected_frame(end);
    const auto finish = [this] { return target_->finish(); };
    SKY_CO_CHECK(co_await async::run_on(finish));
    SKY_CO_CHECK(co_await frames_.send(FrameType::kDone));
    co_return ReceiveResult{.entries = target_->manifest().entries.size(), .files_received = files_received_};
  }

  auto send_error(Error error) -> Task<Result<>> {
    std::string text = fmt::format("{}\n{}", traits_of(error.code).name, error.message);
    text.resize(std::min(text.size(), kFrameBytesMax));
    co_return co_await frames_.send(FrameType::kError, std::move(text));
  }

 private:
  // Files come in the order in which they were asked for.
  auto receive_file(std::uint32_t index) -> Task<Result<>> {
    SKY_CO_TRY(const Frame head, co_await frames_.receive());
    if (head.type != FrameType::kFile || Cursor(head.payload).take<std::uint32_t>() != index) {
      co_return unexpected_frame(head);
    }
    const auto begin = [this, index] { return target_->begin_file(index); };
    SKY_CO_CHECK(co_await async::run_on(begin));
    for (;;) {
      SKY_CO_TRY(const Frame frame, co_await frames_.receive());
      if (frame.type == FrameType::kBlock) {
        const auto write = [this, &frame] { return target_->write(frame.payload); };
        SKY_CO_CHECK(co_await async::run_on(write));
      } else if (frame.type == FrameType::kFileEnd) {
        ++files_received_;
        const auto commit = [this] { return target_->commit_file(); };
        co_return co_await async::run_on(commit);
      } else if (frame.type == FrameType::kFileSkip) {
        target_->drop_file();
        co_return Result<>();
      } else {
        co_return unexpected_frame(frame);
      }
    }
  }

  Frames frames_;
  const std::string path_;
  const Extra extra_;
  std::optional<Target> target_;
  std::uint64_t files_received_ = 0;
};

}  // namespace

auto receive_files(async::ByteStream& stream, std::string target, Extra extra) -> Task<Result<ReceiveResult>> {
  Receiver receiver(stream, std::move(target), extra);
  Result<ReceiveResult> result = co_await receiver.run();
  if (result.ok()) co_return result;
  // The peer learns why, unless the stream is what failed; our own error is the one that counts.
  const Result<> told = co_await receiver.send_error(result.error());
  static_cast<void>(told);
  co_return result;
}

}  // namespace sky::files
