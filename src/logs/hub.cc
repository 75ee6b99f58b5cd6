#include "logs/hub.h"

#include <algorithm>
#include <utility>

#include "async/run_on.h"

namespace sky::logs {

namespace {

// The tail of the stream, at most `bytes_max` of it. Moves its bytes once per half of that, not once per append.
class Recent {
 public:
  explicit Recent(size_t bytes_max) : bytes_max_(bytes_max) {}

  auto start() const -> std::uint64_t { return start_; }
  void restart(std::uint64_t offset) {
    bytes_ = {};
    start_ = offset;
  }
  void append(std::string_view bytes) {
    const size_t kept_max = bytes.size() >= bytes_max_ ? 0 : std::min(bytes_max_ / 2, bytes_max_ - bytes.size());
    if (bytes_.size() + bytes.size() > bytes_max_ && bytes_.size() > kept_max) drop_front(bytes_.size() - kept_max);
    bytes_ += bytes;
    if (bytes_.size() > bytes_max_) drop_front(bytes_.size() - bytes_max_);
  }
  // REQUIRES: offset >= start().
  auto read(std::uint64_t offset, size_t bytes_max) const -> std::string {
    return bytes_.substr(static_cast<size_t>(offset - start_), bytes_max);
  }

 private:
  void drop_front(size_t count) {
    bytes_.erase(0, count);
    start_ += count;
  }

  size_t bytes_max_;
  std::string bytes_;
  std::uint64_t start_ = 0;
};

}  // namespace

struct Hub::Shared {
  std::string base;
  std::uint64_t size_bytes = 0;
  Recent recent;
  size_t follower_count = 0;
  std::optional<StreamEnd> end = {};
  bool writer_gone = false;
  async::WaitList readers = {};
};

namespace {

class HubFollower final : public Follower {
 public:
  HubFollower(std::shared_ptr<Hub::Shared> shared, std::uint64_t offset)
      : shared_(std::move(shared)), reader_(shared_->base), offset_(offset) {
    if (shared_->follower_count++ == 0) shared_->recent.restart(shared_->size_bytes);
  }
  ~HubFollower() override {
    if (--shared_->follower_count == 0) shared_->recent.restart(shared_->size_bytes);
  }

  auto read(size_t bytes_max) -> async::Task<Result<std::optional<std::string>>> override {
    while (offset_ >= shared_->size_bytes) {
      if (shared_->end) co_return std::optional<std::string>();
      if (shared_->writer_gone) co_return make_error(ErrorCode::kUnavailable, "the output's writer went away");
      SKY_CO_CHECK(co_await shared_->readers.wait());
    }
    std::string bytes;
    if (offset_ >= shared_->recent.start()) {
      bytes = shared_->recent.read(offset_, bytes_max);
    } else {
      const auto read_file = [this, bytes_max]() -> Result<std::string> {
        if (reader_.size_bytes() <= offset_) SKY_CHECK(reader_.refresh());
        return reader_.read(offset_, bytes_max);
      };
      SKY_CO_TRY(bytes, co_await async::run_on(read_file));
      if (bytes.empty()) co_return make_error(ErrorCode::kDataCorrupt, shared_->base + ": the output was removed");
    }
    offset_ += bytes.size();
    co_return std::optional(std::move(bytes));
  }
  auto offset() const -> std::uint64_t override { return offset_; }
  auto end() const -> std::optional<StreamEnd> override {
    return offset_ >= shared_->size_bytes ? shared_->end : std::nullopt;
  }

 private:
  std::shared_ptr<Hub::Shared> shared_;
  StreamReader reader_;
  std::uint64_t offset_;
};

}  // namespace

Hub::Hub(StreamWriter writer, HubOptions options)
    : writer_(std::move(writer)),
      shared_(new Shared{
          .base = writer_.base(), .size_bytes = writer_.size_bytes(), .recent = Recent(options.recent_bytes_max)}) {}

Hub::~Hub() {
  if (shared_ == nullptr) return;  // moved from
  shared_->writer_gone = true;
  shared_->readers.notify_all();
}

void Hub::append(std::string_view bytes) {
  const bool exact = writer_.append(bytes);
  publish(exact ? std::optional(bytes) : std::nullopt);
}

auto Hub::append_at(std::uint64_t offset, std::string_view bytes) -> Result<> {
  const std::uint64_t before = writer_.size_bytes();
  Result<> appended = writer_.append_at(offset, bytes);
  if (appended.ok()) {
    bytes.remove_prefix(std::min<std::uint64_t>(before - offset, bytes.size()));
    publish(bytes);
  } else {
    publish(std::nullopt);
  }
  return appended;
}

// `appended` is what the stream grew by; when a full disk made it something else, followers read the file.
void Hub::publish(std::optional<std::string_view> appended) {
  if (shared_->size_bytes == writer_.size_bytes()) return;
  shared_->size_bytes = writer_.size_bytes();
  if (!appended) {
    shared_->recent.restart(shared_->size_bytes);
  } else if (shared_->follower_count > 0) {
    shared_->recent.append(*appended);
  }
  shared_->readers.notify_all();
}

auto Hub::finish(std::optional<int> exit_status) -> Result<> {
  Result<> finished = writer_.finish(exit_status);
  publish(std::nullopt);
  shared_->end = StreamEnd{exit_status};
  shared_->readers.notify_all();
  return finished;
}

auto Hub::follow(std::uint64_t offset) -> std::unique_ptr<Follower> {
  return std::make_unique<HubFollower>(shared_, offset);
}

auto Hub::finished() const -> bool {
  return shared_->end.has_value();
}

}  // namespace sky::logs
