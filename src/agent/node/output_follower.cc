#include "agent/node/output_follower.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "async/group.h"
#include "os/file.h"

namespace sky::agent {

using async::Task;

namespace {

class OutputFollower final : public logs::Follower {
 public:
  OutputFollower(async::IoLoop& loop, std::string base, std::uint64_t offset, RankFiles files,
                 LocalNode::EntryPtr entry)
      : loop_(loop),
        dir_(os::parent_dir(base)),
        reader_(std::move(base)),
        offset_(offset),
        files_(std::move(files)),
        entry_(std::move(entry)) {}
  ~OutputFollower() override { watch_.reset(); }

  auto read(size_t bytes_max) -> Task<Result<std::optional<std::string>>> override {
    for (;;) {
      // Asked before the files are looked at: nothing is written after the end.
      const bool over = rank_is_over();
      SKY_CO_CHECK(reader_.refresh());
      SKY_CO_TRY(std::string bytes, reader_.read(offset_, bytes_max));
      if (!bytes.empty()) {
        offset_ += bytes.size();
        co_return std::optional<std::string>(std::move(bytes));
      }
      if (over) {
        ended_ = true;
        co_return std::optional<std::string>();
      }
      SKY_CO_CHECK(co_await wait_for_more());
    }
  }
  auto offset() const -> std::uint64_t override { return offset_; }
  auto end() const -> std::optional<logs::StreamEnd> override {
    if (!ended_) return std::nullopt;
    return logs::StreamEnd{};
  }

 private:
  auto rank_is_over() const -> bool {
    if (entry_ != nullptr) return entry_->exit.has_value();
    const Result<RankRecord> record = files_.read();
    return !record.ok() || record->exit || !record->start;
  }
  auto wait_for_more() -> Task<Result<>> {
    if (entry_ == nullptr) co_return co_await async::sleep_for(kOutputPoll);
    // The watch may begin after bytes were written: then the files are looked at once more.
    if (!watch_ && try_to_watch()) co_return Result<>();
    Result<> woken =
        co_await async::race(watch_ ? wait_readable(this) : async::sleep_for(kOutputPoll), wait_changed(entry_));
    co_return woken;
  }
  static auto wait_readable(OutputFollower* self) -> Task<Result<>> {
    SKY_CO_CHECK(co_await self->watch_->readable());
    std::array<char, 4096> events;
    while (::read(self->inotify_.get(), events.data(), events.size()) > 0) continue;
    co_return Result<>();
  }
  // Begins in a later turn than the look at rank_is_over(): the exit may have come in between, and nothing comes after
  // it.
  static auto wait_changed(LocalNode::EntryPtr entry) -> Task<Result<>> {
    if (entry->exit) co_return Result<>();
    co_return co_await entry->changed.wait();
  }

  auto try_to_watch() -> bool {
    os::UniqueFd fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!fd || inotify_add_watch(fd.get(), dir_.c_str(), IN_MODIFY | IN_CREATE) < 0) return false;
    Result<std::unique_ptr<async::FdWatch>> watch = loop_.watch(fd.get());
    if (!watch.ok()) return false;
    inotify_ = std::move(fd);
    watch_ = std::move(*watch);
    return true;
  }

  async::IoLoop& loop_;
  std::string dir_;
  logs::StreamReader reader_;
  std::uint64_t offset_;
  RankFiles files_;
  LocalNode::EntryPtr entry_;
  bool ended_ = false;
  os::UniqueFd inotify_;
  std::unique_ptr<async::FdWatch> watch_;  // goes before its descriptor
};

}  // namespace

auto make_output_follower(async::IoLoop& loop, std::string base, std::uint64_t offset, RankFiles files,
                          LocalNode::EntryPtr entry) -> std::unique_ptr<logs::Follower> {
  return std::make_unique<OutputFollower>(loop, std::move(base), offset, std::move(files), std::move(entry));
}

}  // namespace sky::agent
