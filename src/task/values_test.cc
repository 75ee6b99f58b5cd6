#include "task/values.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace sky {
namespace {

auto memory(std::string_view text) -> std::string {
  const auto parsed = parse_memory(text);
  return parsed.ok() ? parsed->text : "!";
}

TEST(ParseMemory, Forms_AreNormalised) {
  EXPECT_EQ(memory("16"), "16");
  EXPECT_EQ(memory("16+"), "16+");
  EXPECT_EQ(memory("4x"), "4x");
  EXPECT_EQ(memory("16GB"), "16.0");
  EXPECT_EQ(memory("1024MB+"), "1.0+");
  EXPECT_EQ(memory("100KB"), "9.5367431640625e-05");
  EXPECT_EQ(memory("1Ti"), "1024.0");
  for (const auto* bad : {"", "x", "12XB", "0", "-1", "4x+", "nan", "inf", "+", "1__0", "GB"}) {
    EXPECT_EQ(memory(bad), "!") << bad;
  }
  EXPECT_TRUE(parse_memory("0", true).ok());
  EXPECT_TRUE(parse_memory("4x")->per_cpu);
}

TEST(ParseCpus, Forms) {
  EXPECT_EQ(*parse_cpus("4+"), (Quantity{4, true, false, "4+"}));
  EXPECT_EQ(parse_cpus("0.5")->value, 0.5);
  EXPECT_EQ(parse_cpus("abc").error().message,
            "The \"cpus\" field should be either a number or a string \"<number>+\". Found: 'abc'");
  EXPECT_EQ(parse_cpus("-1").error().message, "The \"cpus\" field should be positive. Found: '-1'");
}

TEST(ParsePythonNumber, AsFloatReads) {
  EXPECT_EQ(parse_python_number(" 1_000 "), 1000);
  EXPECT_EQ(parse_python_number("1e3"), 1000);
  EXPECT_EQ(parse_python_number("+5"), 5);
  for (const auto* bad : {"", "_1", "1_", "1__0", "nan", "infinity", "0x10", "1 0", "+-5", "++5"}) {
    EXPECT_EQ(parse_python_number(bad), std::nullopt) << bad;
  }
}

TEST(ParseSizeGib, WholeGibibytesOnly) {
  EXPECT_EQ(*parse_size_gib("2048MB", "disk_size"), 2);
  EXPECT_EQ(*parse_size_gib("1TB", "disk_size"), 1024);
  EXPECT_FALSE(parse_size_gib("10KB", "disk_size").ok());
  EXPECT_EQ(parse_size_gib("1.5TB", "disk_size").error().message,
            "\"disk_size\" field should be a number (e.g. \"16\") or \"<number><unit>\" where unit is one of "
            "KB/MB/GB/TB/PB (e.g. \"16GB\"). Got: '1.5TB'");
}

TEST(ParsePorts, MergedAndSorted) {
  const auto ports = [](std::vector<std::string> entries) {
    const auto parsed = parse_ports(entries);
    return parsed.ok() ? join(*parsed, " ") : parsed.error().message;
  };
  EXPECT_EQ(ports({"82-90", "80", "81"}), "80-90");
  EXPECT_EQ(ports({"80,443", "8080"}), "80 443 8080");
  EXPECT_EQ(ports({"", " "}), "");
  EXPECT_EQ(ports({"99999"}), "Invalid port 99999. Please use a port number between 1 and 65535.");
  EXPECT_EQ(ports({"10-5"}),
            "Invalid port range 10-5. Please use the format \"from-to\", in which from <= to. e.g. \"1-3\".");
  EXPECT_EQ(ports({"1-99999999999999999999"}),
            "Invalid port 99999999999999999999. Please use a port number between 1 and 65535.");
}

TEST(ParseMinutes, Units) {
  EXPECT_EQ(*parse_minutes("10"), 10);
  EXPECT_EQ(*parse_minutes("2H"), 120);
  EXPECT_EQ(*parse_minutes("1.5h"), 90);
  EXPECT_EQ(*parse_minutes("1w"), 10080);
  EXPECT_EQ(parse_minutes("-5").error().message, "Invalid time format: -5");
  EXPECT_FALSE(parse_minutes("").ok());
}

TEST(NormalizeLocalDisk, Forms) {
  EXPECT_EQ(*normalize_local_disk("NVME"), "nvme:100+");
  EXPECT_EQ(*normalize_local_disk("1000+"), "nvme:1000+");
  EXPECT_EQ(*normalize_local_disk("ssd:500"), "ssd:500");
  for (const auto* bad : {"foo:1", "a:b:c", "nvme:0", "nvme:5++", "x"})
    EXPECT_FALSE(normalize_local_disk(bad).ok()) << bad;
}

TEST(ParseInfra, Forms_AndBack) {
  const auto round_trip = [](std::string_view text) {
    const auto spec = parse_infra(text);
    if (!spec.ok()) return spec.error().message;
    return infra_text({.infra = spec->infra, .region = spec->region, .zone = spec->zone});
  };
  EXPECT_EQ(round_trip("AWS/us-east-1"), "aws/us-east-1");
  EXPECT_EQ(round_trip("k8s/arn:aws:eks/a/b"), "kubernetes/arn:aws:eks/a/b");
  EXPECT_EQ(round_trip("ssh/pool"), "ssh/pool");
  EXPECT_EQ(round_trip("local"), "local");
  EXPECT_EQ(round_trip("*/*/z"), "*/*/z");
  EXPECT_EQ(round_trip("*"), "");
  EXPECT_EQ(round_trip(""), "");
  EXPECT_EQ(round_trip("aws//x"),
            "Invalid infra format: aws//x. Format should not contain empty parts (e.g., double slashes \"//\").");
  EXPECT_EQ(
      round_trip("aws/a/b/c"),
      "Invalid infra format: aws/a/b/c. Expected format is \"cloud\", \"cloud/region\", or \"cloud/region/zone\".");
  EXPECT_NE(round_trip("awss").find("Did you mean 'aws'?"), std::string::npos);
}

TEST(ParseAccelerator, Forms) {
  EXPECT_EQ(*parse_accelerator("V100:0.5"), (Accelerator{"V100", 0.5}));
  EXPECT_EQ(*parse_accelerator("A100-80GB:2"), (Accelerator{"A100-80GB", 2}));
  EXPECT_EQ(*parse_accelerator("24GB+"), (Accelerator{"", 1, DeviceMemory{"", 24, true}}));
  EXPECT_EQ(*parse_accelerator("80gb:4"), (Accelerator{"", 4, DeviceMemory{"", 80, false}}));
  EXPECT_EQ(*parse_accelerator("amd:192GB"), (Accelerator{"", 1, DeviceMemory{"amd", 192, false}}));
  for (const auto* bad : {"", "A100:", "A100:x", "A100:0", "A100:-1", "A:1:2", "80GB:0", ":1"}) {
    EXPECT_FALSE(parse_accelerator(bad).ok()) << bad;
  }
}

TEST(CountText, WholeOrFraction) {
  EXPECT_EQ(count_text(8), "8");
  EXPECT_EQ(count_text(0.5), "0.5");
}

}  // namespace
}  // namespace sky
