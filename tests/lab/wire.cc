// wire: a cable between two network namespaces that delays, loses, doubles and slows what goes through it.
//
//   wire NETNS_A NAME_A NETNS_B NAME_B SETTINGS_FILE
//
// Makes a TAP device in each namespace and forwards frames between them until it is killed, which is the cut of the
// cable. The settings file holds `name value` lines; SIGHUP reads it again. Everything random comes from `seed`, so a
// run can be repeated. TAP and not AF_PACKET on a veth pair, because checksums there are left to hardware that does not
// exist.
//
//   delay_ms 50       each way          loss 0.1          of frames        rate_kbit 8000   each way, 0: no limit
//   jitter_ms 5       added, 0..5       duplicate 0.01    of frames        seed 1
//   drop_ab 1         nothing from A to B           drop_ba 1         nothing from B to A
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Settings = std::map<std::string, double>;

constexpr size_t kFrameMaxBytes = 65536;
constexpr auto kLookMax = std::chrono::milliseconds(50);  // a signal between two waits is seen this late
// What a slow cable holds back before it drops, as a router would.
constexpr auto kQueueMax = std::chrono::milliseconds(400);

volatile std::sig_atomic_t reload_wanted = 1;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

auto open_tap(const char* netns, const char* name) -> int {
  const int space = open(netns, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) fail(netns);
  close(space);
  const int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap < 0) fail("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(tap, TUNSETIFF, &request) != 0) fail(name);
  return tap;
}

auto read_settings(const char* path) -> Settings {
  Settings settings;
  std::ifstream file(path);
  std::string name;
  double value = 0;
  while (file >> name >> value) settings[name] = value;
  return settings;
}

struct Frame {
  Clock::time_point due;
  std::vector<char> bytes;
  auto operator<(const Frame& other) const -> bool { return due > other.due; }
};

// One way of the cable.
class Way {
 public:
  Way(int from, int to, const char* drop) : from_(from), to_(to), drop_(drop) {}

  auto fd() const -> int { return from_; }

  void take(Settings& settings, std::mt19937_64& chance) {
    std::array<char, kFrameMaxBytes> buffer;
    for (;;) {
      const ssize_t size = read(from_, buffer.data(), buffer.size());
      if (size <= 0) return;
      std::uniform_real_distribution<double> uniform(0, 1);
      // Every frame draws the same numbers whatever is set, so that a change of one setting moves nothing else.
      const double lost = uniform(chance);
      const double doubled = uniform(chance);
      const double late = uniform(chance);
      if (settings[drop_] != 0 || lost < settings["loss"]) continue;
      Frame frame{due(settings, static_cast<double>(size), late), {buffer.data(), buffer.data() + size}};
      if (frame.due - Clock::now() > kQueueMax + milliseconds(settings["delay_ms"] + settings["jitter_ms"])) continue;
      if (doubled < settings["duplicate"]) queue_.push(frame);
      queue_.push(std::move(frame));
    }
  }

  void give() {
    while (!queue_.empty() && queue_.top().due <= Clock::now()) {
      const std::vector<char>& bytes = queue_.top().bytes;
      // A device that is down refuses; on a real cable the frame would be gone as well.
      if (write(to_, bytes.data(), bytes.size()) < 0 && errno == EBADFD) return;
      queue_.pop();
    }
  }

  auto next() const -> Clock::time_point { return queue_.empty() ? Clock::now() + kLookMax : queue_.top().due; }

 private:
  static auto milliseconds(double count) -> Clock::duration {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(count));
  }

  auto due(Settings& settings, double size_bytes, double late) -> Clock::time_point {
    const Clock::time_point now = Clock::now();
    Clock::time_point sent = now;
    if (const double rate = settings["rate_kbit"]; rate > 0) {
      free_ = std::max(free_, now) + milliseconds(size_bytes * 8 / rate);
      sent = free_;
    }
    return sent + milliseconds(settings["delay_ms"] + late * settings["jitter_ms"]);
  }

  int from_;
  int to_;
  std::string drop_;
  Clock::time_point free_{};  // when the cable has sent what it was given
  std::priority_queue<Frame> queue_;
};

}  // namespace

auto main(int argc, char** argv) -> int {
  if (argc != 6) {
    std::fputs("usage: wire NETNS_A NAME_A NETNS_B NAME_B SETTINGS_FILE\n", stderr);
    return 2;
  }
  const int a = open_tap(argv[1], argv[2]);
  const int b = open_tap(argv[3], argv[4]);
  std::signal(SIGHUP, [](int) { reload_wanted = 1; });
  std::puts("ready");
  std::fflush(stdout);
  Way ab(a, b, "drop_ab");
  Way ba(b, a, "drop_ba");
  Settings settings;
  std::mt19937_64 chance;
  bool seeded = false;
  for (;;) {
    if (reload_wanted != 0) {
      reload_wanted = 0;
      settings = read_settings(argv[5]);
      if (!seeded) chance.seed(static_cast<std::uint64_t>(settings["seed"]));
      seeded = true;
    }
    std::array<pollfd, 2> fds{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
    const auto wait = std::max(Clock::duration::zero(), std::min(ab.next(), ba.next()) - Clock::now());
    const timespec limit{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(wait).count(),
                         .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(wait).count() % 1'000'000'000};
    if (ppoll(fds.data(), fds.size(), &limit, nullptr) < 0 && errno != EINTR) fail("poll");
    ab.take(settings, chance);
    ba.take(settings, chance);
    ab.give();
    ba.give();
  }
}
