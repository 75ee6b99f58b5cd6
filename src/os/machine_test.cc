#include "os/machine.h"

#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

#include "async/asio_loop.h"
#include "os/temp_dir.h"

namespace sky::os {
namespace {

class MachineTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_.emplace(TempDir::make().value());
    machine_ = {.root = dir_->path(), .nvidia_smi = dir_->file("nvidia-smi")};
    put("/proc/cpuinfo", "processor : 0\n\nprocessor : 1\n\nprocessor : 2\n\nprocessor : 3\n");
    put("/proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\n");
  }
  void put(const std::string& path, std::string_view text, mode_t mode = 0644) {
    ASSERT_TRUE(make_dirs(parent_dir(machine_.root + path)).ok());
    ASSERT_TRUE(write_file_atomic(machine_.root + path, text, mode).ok());
  }
  auto gpus() -> std::vector<Gpu> { return loop_.run_until_done(find_gpus(loop_, machine_)); }
  async::AsioLoop loop_;
  std::optional<TempDir> dir_;
  Machine machine_;
};

TEST_F(MachineTest, NoCgroup_GivesTheWholeMachine) {
  EXPECT_EQ(cpu_count(machine_), 4);
  EXPECT_EQ(memory_total_bytes(machine_), 16'000'000ULL * 1024);
}

TEST_F(MachineTest, CgroupV2_LimitsOfAParentCount) {
  put("/proc/self/cgroup", "0::/pod/container\n");
  put("/sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
  put("/sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  put("/sys/fs/cgroup/pod/container/memory.max", "1073741824\n");
  put("/sys/fs/cgroup/pod/memory.max", "max\n");
  EXPECT_EQ(cpu_count(machine_), 2);
  EXPECT_EQ(memory_total_bytes(machine_), 1ULL << 30U);
}

TEST_F(MachineTest, CgroupV1_LimitsCount) {
  put("/proc/self/cgroup", "5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n");
  put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(cpu_count(machine_), 1);
  EXPECT_EQ(memory_total_bytes(machine_), 16'000'000ULL * 1024);
}

TEST_F(MachineTest, NvidiaSmi_NamesTheGpus) {
  put("/nvidia-smi", "#!/bin/sh\necho '0, NVIDIA H100 80GB HBM3, 81559'\necho '1, NVIDIA GB10, [N/A]'\n", 0755);
  const auto found = gpus();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(found[0].memory_mib, 81559U);
  EXPECT_EQ(found[1].index, 1);
  EXPECT_EQ(found[1].memory_mib, 0U);
}

TEST_F(MachineTest, BrokenNvidiaSmi_FallsBackToDevices) {
  put("/nvidia-smi", "#!/bin/sh\necho 'Failed to initialize NVML'\nexit 9\n", 0755);
  for (const char* name : {"nvidia0", "nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm"}) {
    put(std::string("/dev/") + name, "");
  }
  const auto found = gpus();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].index, 10);
}

TEST_F(MachineTest, NoGpu_IsAnEmptyList) {
  EXPECT_TRUE(gpus().empty());
}

TEST_F(MachineTest, User_ComesFromEnvironmentThenPasswd) {
  put("/etc/passwd", fmt::format("x:x:99999:0::/x:/bin/sh\nada:x:{}:0:Ada,,:/home/ada:/bin/sh\n", getuid()));
  const char* old_home = getenv("HOME");
  const std::string home = old_home != nullptr ? old_home : "";
  setenv("HOME", "/from/env", 1);
  EXPECT_EQ(home_dir(machine_), "/from/env");
  for (const char* key : {"HOME", "USER", "LOGNAME"}) unsetenv(key);
  EXPECT_EQ(home_dir(machine_), "/home/ada");
  EXPECT_EQ(user_name(machine_), "ada");
  put("/etc/passwd", "");
  EXPECT_EQ(home_dir(machine_), "/");
  EXPECT_EQ(user_name(machine_), fmt::format("uid{}", getuid()));
  setenv("USER", "bob", 1);
  EXPECT_EQ(user_name(machine_), "bob");
  setenv("HOME", home.c_str(), 1);
}

TEST(RealMachine, Facts_ArePlausible) {
  EXPECT_GE(cpu_count(), 1);
  EXPECT_GT(memory_total_bytes(), 1ULL << 20U);
  EXPECT_FALSE(machine_arch().empty());
  EXPECT_EQ(boot_id().size(), 36U);
  EXPECT_FALSE(host_name().empty());
  cpu_set_t old;
  ASSERT_EQ(sched_getaffinity(0, sizeof old, &old), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &old)) CPU_SET(i, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(cpu_count(), 1);
  sched_setaffinity(0, sizeof old, &old);
}

}  // namespace
}  // namespace sky::os
