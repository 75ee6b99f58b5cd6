#include "catalog/load.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/accelerators.h"
#include "catalog/block.h"
#include "catalog/catalogs.h"
#include "os/file.h"
#include "os/temp_dir.h"

#define LLVMFuzzerTestOneInput fuzz_catalog
#include "catalog/catalog_fuzz.cc"
#undef LLVMFuzzerTestOneInput

namespace sky::catalog {
namespace {

constexpr std::string_view kCsv =
    "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,"
    "Extra\n"
    "a,8.0,32.0,,,,0.4,0.1,r1,r1-a,x\n"
    "b,16,64,A100,1.0,\"{'Gpus': [{'Name': 'A100', 'MemoryInfo': {'SizeInMiB': 40960}}]}\",3,,r1,r1-a,x\n"
    "c,2,,T4,0.5,T4,,NaN,r2\n";

auto parse_error(std::string_view csv) -> std::string {
  const auto rows = CsvRows::parse(csv, "f.csv");
  return rows.ok() ? "" : rows.error().message;
}

TEST(CsvRows, Cells) {
  const auto parsed = CsvRows::parse(kCsv, "f.csv");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const auto& rows = parsed->rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].vcpus, 8);
  EXPECT_TRUE(rows[0].accelerator.empty());
  EXPECT_FALSE(rows[0].has_gpu_info);
  EXPECT_EQ(rows[1].device_memory_gib, 40);
  EXPECT_TRUE(is_missing(rows[1].spot_price));
  EXPECT_EQ(rows[2].accelerator_count, 0.5);
  EXPECT_TRUE(rows[2].has_gpu_info);
  EXPECT_TRUE(is_missing(rows[2].device_memory_gib));
  EXPECT_TRUE(is_missing(rows[2].price));
  EXPECT_EQ(rows[2].zone, "");
}

TEST(CsvRows, ColumnsOfOneInfra) {
  const auto parsed = CsvRows::parse(
      "Region,Price,InstanceType,Arch,LocalDiskType,LocalDiskSize,LocalDiskCount,NVMeSupported,MaximumEfaInterfaces,"
      "Generation,HostingType\n"
      "r,1,\"t,\"\"1\",arm64,ssd,100,2,True,4,V2,1\n"
      "r,1,u,,hdd,100,2,,,,\n",
      "f");
  ASSERT_TRUE(parsed.ok());
  const Row& row = parsed->rows()[0];
  EXPECT_EQ(row.instance_type, "t,\"1");
  EXPECT_EQ(row.local_disk_gib, 200);
  EXPECT_TRUE(row.local_disk_nvme);
  EXPECT_EQ(row.efa_interfaces, 4);
  EXPECT_EQ(row.generation, "V2");
  EXPECT_EQ(row.hosting, 1);
  EXPECT_TRUE(is_missing(parsed->rows()[1].local_disk_gib));
  EXPECT_EQ(parsed->rows()[1].hosting, -1);
}

TEST(CsvRows, Mistakes_NameFileAndLine) {
  EXPECT_EQ(parse_error(""), "f.csv:1: expected a header line, found an empty file");
  EXPECT_EQ(parse_error("<html>\n"), "f.csv:1: expected a column \"InstanceType\" in the header");
  EXPECT_EQ(parse_error("InstanceType,Price,Region\na,1,r\nb,x1,r\n"),
            "f.csv:3: Price: expected a number, found \"x1\"");
  EXPECT_EQ(parse_error("InstanceType,Price,Region\na,1,r,9\n"),
            "f.csv:2: expected 3 fields as in the header, found 4");
  EXPECT_EQ(parse_error("InstanceType,Price,Region\na,-1,r\n"), "f.csv:2: expected a price of at least 0");
  EXPECT_EQ(parse_error("InstanceType,Price,Region\na,inf,r\n"), "f.csv:2: Price: expected a number, found \"inf\"");
}

TEST(FuzzSeeds, Catalog_Hold) {
  const std::string dir = std::string(SKY_SOURCE_DIR) + "/testdata/fuzz_catalog";
  for (const auto& entry : *os::list_dir(dir)) {
    const std::string bytes = *os::read_file(dir + "/" + entry.name);
    EXPECT_EQ(fuzz_catalog(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0) << entry.name;
  }
}

class LoadTest : public testing::Test {
 protected:
  void write(std::string_view text, WallTime modified) {
    ASSERT_TRUE(os::write_file_atomic(csv_, text).ok());
    set_modified(modified);
  }
  void set_modified(WallTime modified) {
    const auto ns = modified.time_since_epoch().count();
    const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
    const timespec times[2] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, csv_.c_str(), times, 0), 0);
  }
  // The clock of the file system.
  auto now() -> WallTime {
    EXPECT_TRUE(os::write_file_atomic(dir_.file("clock"), "").ok());
    return os::stat_file(dir_.file("clock"))->modified;
  }
  auto types() -> std::vector<std::string> {
    const auto catalog = load_catalog("x", csv_);
    if (!catalog.ok()) return {catalog.error().message};
    std::vector<std::string> names;
    for (const auto& machine : catalog->machines()) names.emplace_back(catalog->text(machine.instance_type));
    return names;
  }

  os::TempDir dir_ = os::TempDir::make().value();
  std::string csv_ = dir_.file("vms.csv");
  std::string one_ = "InstanceType,Price,Region\na,1,r\n";
  std::string two_ = "InstanceType,Price,Region\nb,1,r\n";
};

using Types = std::vector<std::string>;

// Bytes that were swapped under an unchanged stamp show that the cache was read.
TEST_F(LoadTest, SameStamp_IsReadFromTheCache) {
  const WallTime hour_ago = now() - std::chrono::hours(1);
  write(one_, hour_ago);
  EXPECT_EQ(types(), Types{"a"});
  write(two_, hour_ago);
  EXPECT_EQ(types(), Types{"a"});
}

TEST_F(LoadTest, CsvChanged_IsReadAgain) {
  write(one_, now() - std::chrono::hours(2));
  EXPECT_EQ(types(), Types{"a"});
  write(two_, now() - std::chrono::hours(1));
  EXPECT_EQ(types(), Types{"b"});
}

// A change within the grain of time stamps leaves size and time as they were.
TEST_F(LoadTest, CsvAsYoungAsItsCache_IsComparedByContent) {
  const WallTime stamp = now();
  write(one_, stamp);
  EXPECT_EQ(types(), Types{"a"});
  write(two_, stamp);
  EXPECT_EQ(types(), Types{"b"});
}

TEST_F(LoadTest, CsvTouched_KeepsTheImage) {
  write(one_, now() - std::chrono::hours(2));
  EXPECT_EQ(types(), Types{"a"});
  const WallTime touched = now() - std::chrono::hours(1);
  set_modified(touched);
  EXPECT_EQ(types(), Types{"a"});
  const auto block = Block::map(cache_path(csv_));
  ASSERT_TRUE(block.ok());
  EXPECT_EQ((*block)->header().source.modified_ns, touched.time_since_epoch().count());
}

TEST_F(LoadTest, CacheDamaged_IsMadeAgain) {
  write(one_, now() - std::chrono::hours(1));
  EXPECT_EQ(types(), Types{"a"});
  const std::string image = *os::read_file(cache_path(csv_));
  for (const std::string& damaged : {std::string(), std::string("x"), image.substr(0, image.size() / 2), image + "x",
                                     std::string(image.size(), '\0'), "Y" + image.substr(1)}) {
    ASSERT_TRUE(os::write_file_atomic(cache_path(csv_), damaged).ok());
    EXPECT_EQ(types(), Types{"a"});
    EXPECT_EQ(*os::read_file(cache_path(csv_)), image);
  }
}

TEST_F(LoadTest, CacheCannotBeWritten_WorksWithout) {
  write(one_, now() - std::chrono::hours(1));
  ASSERT_TRUE(os::make_dirs(cache_path(csv_) + "/in-the-way").ok());
  EXPECT_EQ(types(), Types{"a"});
  EXPECT_EQ(types(), Types{"a"});
}

TEST_F(LoadTest, CsvBrokenLater_IsAnErrorInSpiteOfTheCache) {
  write(one_, now() - std::chrono::hours(1));
  EXPECT_EQ(types(), Types{"a"});
  write("InstanceType,Price,Region\na,1,r\n\"", now());
  EXPECT_EQ(types(), Types{csv_ + ":3: a quoted field never ends"});
}

TEST_F(LoadTest, HugeFile_IsRefusedUnread) {
  write(one_, now() - std::chrono::hours(1));
  ASSERT_EQ(::truncate(csv_.c_str(), off_t{1} << 30), 0);
  EXPECT_EQ(types(), Types{csv_ + ":1: expected at most 256 MiB, found 1024"});
}

class CatalogsTest : public testing::Test {
 protected:
  void write(std::string_view file, std::string_view text) {
    const std::string path = dir_.file(file);
    ASSERT_TRUE(os::make_dirs(os::parent_dir(path)).ok());
    ASSERT_TRUE(os::write_file_atomic(path, text).ok());
  }
  auto open() -> Catalogs { return Catalogs::open({dir_.file("user"), dir_.file("snapshot")}); }

  os::TempDir dir_ = os::TempDir::make().value();
};

TEST_F(CatalogsTest, UsersDirectory_WinsOverTheSnapshot) {
  write("user/aws/vms.csv", "InstanceType,Price,Region\nmine,1,r\n");
  write("snapshot/aws/vms.csv", "InstanceType,Price,Region\nshipped,1,r\n");
  write("snapshot/gcp/vms.csv", "InstanceType,Price,Region\nshipped,1,r\n");
  write("snapshot/gcp/prices_date.txt", "2025-07-01\n");
  write("snapshot/common/accelerators.csv", "AcceleratorName,Clouds\nA100,\"['AWS', 'Lambda']\"\n");
  write("user/mine/vms.csv", "InstanceType,Price,Region\nx,1,r\n");
  write("user/empty/images.csv", "");
  const Catalogs catalogs = open();
  EXPECT_EQ(catalogs.infras(), (std::vector<std::string>{"aws", "gcp", "mine"}));
  EXPECT_NE((*catalogs.find("aws"))->find_machine("mine"), nullptr);
  EXPECT_FALSE((*catalogs.find("aws"))->origin().is_snapshot);
  EXPECT_EQ((*catalogs.find("gcp"))->origin().date, "2025-07-01");
  EXPECT_TRUE((*catalogs.find("gcp"))->origin().is_snapshot);
  EXPECT_EQ((*catalogs.accelerators())->names()[0].infras, (std::vector<std::string>{"aws", "lambda"}));
  EXPECT_EQ(catalogs.find("azure").error().code, ErrorCode::kNotFound);
}

TEST_F(CatalogsTest, BrokenFile_HarmsOneInfraAlone) {
  write("user/aws/vms.csv", "nothing\n");
  write("user/gcp/vms.csv", "InstanceType,Price,Region\nx,1,r\n");
  const Catalogs catalogs = open();
  catalogs.preload();
  EXPECT_EQ(catalogs.find("aws").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(catalogs.find("gcp").ok());
}

TEST(Catalogs, NoDirectories_AreNoCatalogs) {
  const Catalogs catalogs = Catalogs::open({"/nowhere/a", ""});
  EXPECT_TRUE(catalogs.infras().empty());
  EXPECT_TRUE((*catalogs.accelerators())->names().empty());
}

TEST(AcceleratorTable, Canonical) {
  const AcceleratorTable table({{"A100", {"aws"}}, {"A100-80GB", {"aws", "gcp"}}, {"H100", {"aws"}}, {"L40S", {}}},
                               {{"A100", "NVIDIA", 40}, {"A100-80GB", "NVIDIA", 80}, {"MI210", "AMD", 64}});
  EXPECT_EQ(*table.canonical("a100"), "A100");
  EXPECT_EQ(*table.canonical("h10"), "H100");
  EXPECT_EQ(*table.canonical("80gb", "gcp"), "A100-80GB");
  EXPECT_EQ(*table.canonical("TPU-V5p-8"), "tpu-v5p-8");
  EXPECT_EQ(*table.canonical("mine"), "mine");
  EXPECT_EQ(table.canonical("a10").error().message,
            "Accelerator name 'a10' is ambiguous. Please choose one of ['A100', 'A100-80GB'].");
  // A name is text, not a pattern.
  EXPECT_EQ(*table.canonical("A10."), "A10.");
  EXPECT_EQ(table.similar("H10O"), (std::vector<std::string>{"H100"}));
  EXPECT_EQ(table.by_memory(64, true), (std::vector<std::string>{"A100-80GB", "MI210"}));
  EXPECT_EQ(table.by_memory(40, true, "nvidia"), (std::vector<std::string>{"A100", "A100-80GB"}));
  EXPECT_EQ(table.by_memory(80, false), (std::vector<std::string>{"A100-80GB"}));
  EXPECT_EQ(table.memory_gib("MI210"), 64);
}

}  // namespace
}  // namespace sky::catalog
