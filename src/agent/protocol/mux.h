// Mux: many independent conversations (channels) over one byte stream.
//
//   Mux mux(loop, std::move(stream), Mux::Side::kDialled);
//   SKY_CO_TRY(const Hello peer, co_await mux.handshake(mine, nullptr, deadline));
//   mux.start(handler);                                   // serves what the peer opens
//   SKY_CO_TRY(const Json reply, co_await mux.call(request, deadline));
//   co_await mux.stop();                                  // before it is destroyed
//
// A channel is opened with a JSON request; then bytes flow both ways under credit flow control (a receiver that does
// not read stops only its own channel); the side that was asked ends it with a JSON result or an Error. An owner who
// drops an open Channel resets it: the handler at the other side is cancelled. When the stream breaks every channel
// ends with kUnavailable, which is worth a new connection.
//
// Concurrency: one loop; one reader and one writer per channel at a time. Channels may outlive the Mux.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "agent/protocol/frame.h"
#include "agent/protocol/messages.h"
#include "async/group.h"
#include "async/stream.h"
#include "async/sync.h"
#include "format/json.h"

namespace sky::agent {

// What a receiver lets its peer send before it has read anything.
inline constexpr size_t kWindowBytes = size_t{256} << 10U;
// Channels that a peer may have open at once; a further OPEN is answered with kUnavailable.
inline constexpr size_t kAcceptedChannelsMax = 1024;

class Mux;

class Channel {
 public:
  Channel(const Channel&) = delete;
  auto operator=(const Channel&) -> Channel& = delete;
  ~Channel();

  // What the opener asked for.
  auto request() const -> const Json& { return request_; }
  // The next bytes, or nullopt once the peer has ended the channel (await_end() tells how). kUnavailable when the
  // stream broke or the peer has forgotten the channel.
  auto read() -> async::Task<Result<std::optional<std::string>>>;
  // Waits for credit. The peer sees the bytes in order; how they are cut into pieces has no meaning. kConflict after
  // end(); kUnavailable when the peer has ended or forgotten the channel or the stream broke.
  auto write(std::string bytes) -> async::Task<Result<>>;
  // The peer's result. Bytes that were not read are discarded.
  auto await_end() -> async::Task<Result<Json>>;
  // Tells the peer the result; a second call does nothing.
  void end(Result<Json> result);

 private:
  friend class Mux;
  Channel(Mux& mux, std::uint32_t id, Json request) : mux_(&mux), id_(id), request_(std::move(request)) {}
  void on_data(std::string bytes);
  void on_end(Result<Json> result);
  void forget();

  Mux* mux_;  // null once the channel is over for the mux
  std::uint32_t id_;
  Json request_;
  std::deque<std::string> inbox_;
  size_t inbox_bytes_ = 0;
  size_t unacknowledged_bytes_ = 0;  // read by the owner, not yet given back as credit
  size_t credit_bytes_ = kWindowBytes;
  bool ended_ = false;                         // by us
  std::optional<Result<Json>> peer_end_;       // by the peer, or by a break
  bool broken_ = false;                        // peer_end_ is a break, not the peer's word
  std::optional<async::CancelScope> serving_;  // of the handler, for an accepted channel
  async::WaitList readable_;
  async::WaitList writable_;
};

class Mux {
 public:
  enum class Side { kDialled, kAccepted };
  // Its result ends the channel. Cancelled when the peer resets the channel or the stream breaks.
  using Handler = std::function<async::Task<Result<Json>>(Channel&)>;
  using HelloCheck = std::function<Result<>(const Hello&)>;

  Mux(async::Loop& loop, std::unique_ptr<async::ByteStream> stream, Side side);
  Mux(const Mux&) = delete;
  auto operator=(const Mux&) -> Mux& = delete;
  ~Mux();

  // Exchanges HELLO; to be called once, before start(). The accepting side answers only after `check` (may be null) has
  // agreed, so that a key is never shown to a stranger; its refusal is what the dialling side gets. kVersionMismatch
  // when no protocol version is spoken by both, naming both ranges.
  auto handshake(Hello mine, HelloCheck check, Deadline deadline) -> async::Task<Result<Hello>>;
  // Of both ranges the highest common version. REQUIRES: handshake() succeeded.
  auto protocol() const -> int { return protocol_; }
  void start(Handler handler);

  // kUnavailable when the stream is broken.
  auto open(const Json& request) -> Result<std::unique_ptr<Channel>>;
  // One question, one answer.
  auto call(Json request, Deadline deadline) -> async::Task<Result<Json>>;
  // Until everything sent so far was handed to the stream.
  auto flush() -> async::Task<Result<>>;

  // Why the stream is of no further use; null while it is.
  auto failure() const -> const Error* { return failure_ ? &*failure_ : nullptr; }
  // Waits until the stream breaks or stop() is called.
  auto wait_broken() -> async::Task<Result<>> { return broke_.wait(); }
  auto stop() -> async::Task<>;

 private:
  friend class Channel;
  auto send_hello(Hello mine) -> async::Task<Result<>>;
  auto receive_hello() -> async::Task<Result<Hello>>;
  auto refuse(Error error) -> async::Task<>;
  auto agree(const Hello& mine, const Hello& theirs) -> Result<>;
  auto next_frame() -> async::Task<Result<Frame>>;

  auto read_frames() -> async::Task<>;
  auto write_frames() -> async::Task<>;
  auto serve(std::unique_ptr<Channel> channel) -> async::Task<>;
  auto on_frame(Frame frame) -> Result<>;
  auto on_open(const Frame& frame) -> Result<>;
  void send(FrameType type, std::uint32_t channel, std::string_view payload);
  void send_credit(std::uint32_t channel, size_t bytes);
  void fail(Error reason);

  std::unique_ptr<async::ByteStream> stream_;
  Side side_;
  int protocol_ = 0;
  Handler handler_;
  FrameDecoder decoder_;
  std::string input_;
  std::string outgoing_;
  bool writing_ = false;
  std::uint32_t last_id_;
  size_t accepted_count_ = 0;
  std::map<std::uint32_t, Channel*> channels_;  // open ones; their owners hold them
  std::optional<Error> failure_;
  async::WaitList output_changed_;
  async::Event broke_;
  async::TaskGroup tasks_;
};

}  // namespace sky::agent
