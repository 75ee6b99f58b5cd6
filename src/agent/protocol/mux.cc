#include "agent/protocol/mux.h"

#include "base/version.h"

namespace sky::agent {

using async::Task;

namespace {

constexpr size_t kReadBytes = size_t{64} << 10U;
// Credit goes back in steps, so that a reader of small pieces does not cost a frame each.
constexpr size_t kCreditStepBytes = kWindowBytes / 4;

auto stream_ended() -> Error {
  return make_error(ErrorCode::kUnavailable, "the connection to the agent ended");
}

}  // namespace

// ---- Channel -------------------------------------------------------------------------------------------------------

Channel::~Channel() {
  if (mux_ == nullptr) return;
  mux_->send(FrameType::kReset, id_, {});
  forget();
}

void Channel::forget() {
  if (mux_ == nullptr) return;
  mux_->channels_.erase(id_);
  mux_ = nullptr;
}

auto Channel::read() -> Task<Result<std::optional<std::string>>> {
  while (inbox_.empty() && !peer_end_) SKY_CO_CHECK(co_await readable_.wait());
  if (inbox_.empty()) {
    if (broken_) co_return peer_end_->error();
    co_return std::optional<std::string>();
  }
  std::optional<std::string> piece(std::move(inbox_.front()));
  inbox_.pop_front();
  inbox_bytes_ -= piece->size();
  unacknowledged_bytes_ += piece->size();
  if (mux_ != nullptr && unacknowledged_bytes_ >= kCreditStepBytes) {
    mux_->send_credit(id_, std::exchange(unacknowledged_bytes_, 0));
  }
  co_return piece;
}

auto Channel::write(std::string bytes) -> Task<Result<>> {
  size_t sent = 0;
  while (sent < bytes.size()) {
    while (credit_bytes_ == 0 && !peer_end_ && !ended_) SKY_CO_CHECK(co_await writable_.wait());
    if (ended_) co_return make_error(ErrorCode::kConflict, "expected an open channel, found one that was ended");
    if (mux_ == nullptr) co_return make_error(ErrorCode::kUnavailable, "the peer has closed the channel");
    const size_t count = std::min({bytes.size() - sent, credit_bytes_, kDataPayloadMaxBytes});
    mux_->send(FrameType::kData, id_, std::string_view(bytes).substr(sent, count));
    credit_bytes_ -= count;
    sent += count;
  }
  co_return Result<>();
}

auto Channel::await_end() -> Task<Result<Json>> {
  while (!peer_end_) {
    SKY_CO_TRY(const std::optional<std::string> unread, co_await read());
    if (!unread) break;
  }
  co_return *peer_end_;
}

void Channel::end(Result<Json> result) {
  if (ended_) return;
  ended_ = true;
  writable_.notify_all();
  if (mux_ == nullptr) return;
  std::string text = to_json_text(end_to_json(result));
  if (text.size() > kJsonPayloadMaxBytes) {
    const Error error = make_error(ErrorCode::kInternal, fmt::format("expected a result of at most {} bytes, found {}",
                                                                     kJsonPayloadMaxBytes, text.size()));
    text = to_json_text(end_to_json(error));
  }
  mux_->send(FrameType::kEnd, id_, text);
  // The side that was asked has the last word; the one that asked still waits for it.
  if (serving_) forget();
}

void Channel::on_data(std::string bytes) {
  inbox_bytes_ += bytes.size();
  inbox_.push_back(std::move(bytes));
  readable_.notify_all();
}

void Channel::on_end(Result<Json> result) {
  if (!peer_end_) peer_end_ = std::move(result);
  readable_.notify_all();
  writable_.notify_all();
}

// ---- Mux: hello ----------------------------------------------------------------------------------------------------

Mux::Mux(async::Loop& loop, std::unique_ptr<async::ByteStream> stream, Side side)
    : stream_(std::move(stream)), side_(side), last_id_(side == Side::kDialled ? 1 : 2), tasks_(loop) {
  input_.resize(kReadBytes);
}

Mux::~Mux() {
  fail(stream_ended());
}

auto Mux::send_hello(Hello mine) -> Task<Result<>> {
  std::string bytes;
  append_frame(bytes, FrameType::kHello, 0, to_json_text(to_json(mine)));
  co_return co_await stream_->write_all(bytes);
}

auto Mux::next_frame() -> Task<Result<Frame>> {
  for (;;) {
    SKY_CO_TRY(std::optional<Frame> frame, decoder_.next());
    if (frame) co_return std::move(*frame);
    SKY_CO_TRY(const size_t count, co_await stream_->read_some(input_));
    if (count == 0) co_return stream_ended();
    decoder_.feed(std::string_view(input_).substr(0, count));
  }
}

auto Mux::receive_hello() -> Task<Result<Hello>> {
  SKY_CO_TRY(const Frame frame, co_await next_frame());
  SKY_CO_TRY(const Json json, parse_json(frame.payload));
  if (frame.type == FrameType::kEnd) {
    const Result<Json> refusal = end_from_json(json);
    co_return refusal.ok() ? stream_ended() : refusal.error();
  }
  if (frame.type != FrameType::kHello) {
    co_return make_error(ErrorCode::kDataCorrupt, fmt::format("expected a greeting first, found a frame of type {}",
                                                              static_cast<unsigned>(frame.type)));
  }
  co_return hello_from_json(json);
}

auto Mux::agree(const Hello& mine, const Hello& theirs) -> Result<> {
  const int common = std::min(mine.protocol_max, theirs.protocol_max);
  if (common < std::max(mine.protocol_min, theirs.protocol_min)) {
    return make_error(
        ErrorCode::kVersionMismatch,
        fmt::format("expected an agent protocol from {} to {}, found {} to {} (build {})", mine.protocol_min,
                    mine.protocol_max, theirs.protocol_min, theirs.protocol_max, theirs.build));
  }
  protocol_ = common;
  return {};
}

// The dialling side learns why before the stream is closed.
auto Mux::refuse(Error error) -> Task<> {
  std::string bytes;
  append_frame(bytes, FrameType::kEnd, 0, to_json_text(end_to_json(error)));
  const Result<> ignored = co_await stream_->write_all(bytes);
  stream_->close_write();
}

auto Mux::handshake(Hello mine, HelloCheck check, Deadline deadline) -> Task<Result<Hello>> {
  if (side_ == Side::kDialled) SKY_CO_CHECK(co_await with_deadline(deadline, "greeting the agent", send_hello(mine)));
  Result<Hello> theirs = co_await with_deadline(deadline, "waiting for the agent's greeting", receive_hello());
  if (!theirs.ok()) co_return std::move(theirs);
  Result<> verdict = agree(mine, *theirs);
  if (verdict.ok() && check != nullptr) verdict = check(*theirs);
  if (!verdict.ok()) {
    if (side_ == Side::kAccepted) co_await refuse(verdict.error());
    co_return verdict.error();
  }
  if (side_ == Side::kAccepted) SKY_CO_CHECK(co_await with_deadline(deadline, "greeting the peer", send_hello(mine)));
  co_return std::move(theirs);
}

// ---- Mux: frames ---------------------------------------------------------------------------------------------------

void Mux::start(Handler handler) {
  handler_ = std::move(handler);
  tasks_.spawn("mux reader", read_frames());
  tasks_.spawn("mux writer", write_frames());
}

auto Mux::read_frames() -> Task<> {
  for (;;) {
    Result<Frame> frame = co_await next_frame();
    const Result<> taken = frame.ok() ? on_frame(std::move(*frame)) : Result<>(std::move(frame).error());
    if (taken.ok()) continue;
    fail(taken.error());
    co_return;
  }
}

auto Mux::write_frames() -> Task<> {
  while (!failure_) {
    if (outgoing_.empty()) {
      const Result<> woken = co_await output_changed_.wait();
      if (!woken.ok()) co_return;
      continue;
    }
    const std::string batch = std::exchange(outgoing_, {});
    writing_ = true;
    const Result<> written = co_await stream_->write_all(batch);
    writing_ = false;
    output_changed_.notify_all();
    if (!written.ok()) fail(written.error());
  }
}

auto Mux::on_frame(Frame frame) -> Result<> {
  if (frame.type == FrameType::kHello) {
    return make_error(ErrorCode::kDataCorrupt, "expected one greeting, found a second one");
  }
  if (frame.type == FrameType::kOpen) return on_open(frame);
  const auto found = channels_.find(frame.channel);
  // Frames for a channel that we have ended or reset cross ours on the way.
  if (found == channels_.end()) return {};
  Channel& channel = *found->second;
  switch (frame.type) {
    case FrameType::kData:
      if (channel.inbox_bytes_ + channel.unacknowledged_bytes_ + frame.payload.size() > kWindowBytes) {
        return make_error(ErrorCode::kDataCorrupt,
                          fmt::format("expected at most {} unread bytes on channel {}", kWindowBytes, frame.channel));
      }
      channel.on_data(std::move(frame.payload));
      return {};
    case FrameType::kCredit: {
      SKY_TRY(const std::uint32_t bytes, parse_credit(frame));
      channel.credit_bytes_ += bytes;
      channel.writable_.notify_all();
      return {};
    }
    case FrameType::kEnd: {
      SKY_TRY(const Json json, parse_json(frame.payload));
      if (!channel.serving_) channel.forget();
      channel.on_end(end_from_json(json));
      return {};
    }
    default:
      break;
  }
  channel.forget();
  channel.broken_ = true;
  channel.on_end(make_error(ErrorCode::kUnavailable, "the peer has dropped the channel"));
  if (channel.serving_) channel.serving_->cancel();
  return {};
}

auto Mux::on_open(const Frame& frame) -> Result<> {
  const bool peer_is_odd = side_ == Side::kAccepted;
  if ((frame.channel % 2 == 1) != peer_is_odd || channels_.contains(frame.channel)) {
    return make_error(ErrorCode::kDataCorrupt, fmt::format("expected a fresh {} channel id, found {}",
                                                           peer_is_odd ? "odd" : "even", frame.channel));
  }
  SKY_TRY(Json request, parse_json(frame.payload));
  std::unique_ptr<Channel> channel(new Channel(*this, frame.channel, std::move(request)));
  channels_[frame.channel] = channel.get();
  channel->serving_.emplace(tasks_.scope());
  if (accepted_count_ >= kAcceptedChannelsMax) {
    channel->end(make_error(ErrorCode::kUnavailable,
                            fmt::format("expected at most {} open channels, found one more", kAcceptedChannelsMax)));
    return {};
  }
  ++accepted_count_;
  tasks_.spawn("mux channel", serve(std::move(channel)));
  return {};
}

auto Mux::serve(std::unique_ptr<Channel> channel) -> Task<> {
  Task<Result<Json>> handling = handler_(*channel);
  Result<Json> result = co_await std::move(handling).in(*channel->serving_);
  channel->end(std::move(result));
  --accepted_count_;
}

void Mux::send(FrameType type, std::uint32_t channel, std::string_view payload) {
  if (failure_) return;
  append_frame(outgoing_, type, channel, payload);
  output_changed_.notify_all();
}

void Mux::send_credit(std::uint32_t channel, size_t bytes) {
  if (failure_) return;
  append_credit(outgoing_, channel, static_cast<std::uint32_t>(bytes));
  output_changed_.notify_all();
}

void Mux::fail(Error reason) {
  if (failure_) return;
  if (reason.code == ErrorCode::kCancelled) reason = stream_ended();
  reason.code = ErrorCode::kUnavailable;
  failure_ = std::move(reason);
  while (!channels_.empty()) {
    Channel& channel = *channels_.begin()->second;
    channel.forget();
    channel.broken_ = true;
    channel.on_end(*failure_);
    if (channel.serving_) channel.serving_->cancel();
  }
  stream_->close();
  output_changed_.notify_all();
  broke_.set();
}

// ---- Mux: calls ----------------------------------------------------------------------------------------------------

auto Mux::open(const Json& request) -> Result<std::unique_ptr<Channel>> {
  if (failure_) return *failure_;
  const std::string text = to_json_text(request);
  if (text.size() > kJsonPayloadMaxBytes) {
    return make_error(ErrorCode::kInvalidArgument, fmt::format("expected a request of at most {} bytes, found {}",
                                                               kJsonPayloadMaxBytes, text.size()));
  }
  std::unique_ptr<Channel> channel(new Channel(*this, last_id_, request));
  channels_[last_id_] = channel.get();
  send(FrameType::kOpen, last_id_, text);
  last_id_ += 2;
  return channel;
}

auto Mux::call(Json request, Deadline deadline) -> Task<Result<Json>> {
  SKY_CO_TRY(const std::unique_ptr<Channel> channel, open(request));
  co_return co_await with_deadline(deadline, "the agent's answer", channel->await_end());
}

auto Mux::flush() -> Task<Result<>> {
  while (!failure_ && (writing_ || !outgoing_.empty())) SKY_CO_CHECK(co_await output_changed_.wait());
  if (failure_) co_return *failure_;
  co_return Result<>();
}

auto Mux::stop() -> Task<> {
  fail(stream_ended());
  co_await tasks_.stop();
}

}  // namespace sky::agent
