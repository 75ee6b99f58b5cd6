// Golden files of the tests: text in testdata/ that the code must reproduce byte for byte. SKY_ACCEPT=1 rewrites them.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#ifndef SKY_SOURCE_DIR
#define SKY_SOURCE_DIR "."  // of the module; given to test binaries
#endif

namespace sky::api {

inline auto testdata_path(const std::string& name) -> std::string {
  return std::string(SKY_SOURCE_DIR) + "/testdata/" + name;
}

inline auto read_testdata(const std::string& name) -> std::string {
  std::ifstream file(testdata_path(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void expect_golden(const std::string& name, const std::string& actual) {
  if (std::getenv("SKY_ACCEPT") != nullptr) {
    std::ofstream(testdata_path(name), std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(read_testdata(name), actual) << name;
}

}  // namespace sky::api
