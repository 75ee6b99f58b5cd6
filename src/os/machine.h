// Facts about this machine. Cheap enough for start-up, not for hot paths; nothing is cached. Every reader takes the
// root under which /proc, /sys, /etc, /dev are looked up, so that tests bring their own machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/task.h"
#include "base/result.h"

namespace sky::os {

struct Machine {
  std::string root = {};                  // "" is the real one
  std::string nvidia_smi = "nvidia-smi";  // program, looked up in PATH when without '/'
};

struct Gpu {
  int index = 0;
  std::string name;              // "NVIDIA H100 80GB HBM3"; empty when only the device file is known
  std::uint64_t memory_mib = 0;  // 0 when unknown
};

// CPUs that this process may use: the smaller of its affinity and the cgroup quota (v2 cpu.max or v1 cfs), at least
// one; a quota of 1.5 counts as 2. With a root the affinity is the count in ROOT/proc/cpuinfo.
auto cpu_count(const Machine& machine = {}) -> int;
// The smaller of MemTotal and the cgroup's limit.
auto memory_total_bytes(const Machine& machine = {}) -> std::uint64_t;
// `uname -m`: "x86_64", "aarch64".
auto machine_arch() -> std::string;
// Differs after every boot; empty when the kernel does not tell.
auto boot_id(const Machine& machine = {}) -> std::string;
auto host_name() -> std::string;

// $USER, else $LOGNAME, else the entry of ROOT/etc/passwd, else "uid<N>". Reads the file itself: the C library's
// look-up needs shared objects that a static program does not have.
auto user_name(const Machine& machine = {}) -> std::string;
// $HOME, else the entry of ROOT/etc/passwd, else "/".
auto home_dir(const Machine& machine = {}) -> std::string;
// The entry of ROOT/etc/passwd alone, which programs that do not ask $HOME go by; "" when there is none.
auto passwd_home_dir(const Machine& machine = {}) -> std::string;

// NVIDIA GPUs by `nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits` (10 s at most); without
// a working nvidia-smi one nameless entry per /dev/nvidia<N>. None is an empty list.
auto find_gpus(async::IoLoop& loop, Machine machine = {}) -> async::Task<std::vector<Gpu>>;
// Pure: nvidia-smi's answer. Lines that are not three fields are left out.
auto parse_nvidia_smi(std::string_view csv) -> std::vector<Gpu>;

}  // namespace sky::os
