# Compiler settings shared by every target. Modules never set flags of their own.
option(SKY_BUILD_TESTS "Build the unit tests" ON)
option(SKY_BUILD_BENCH "Build the micro benchmarks" OFF)
option(SKY_BUILD_FUZZ "Build the libFuzzer targets" OFF)
option(SKY_STATIC "Link sky and sky-agent fully static" OFF)
option(SKY_COVERAGE "Instrument for llvm-cov" OFF)
set(SKY_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "sky is built with clang-19 (see docs/adr/0001-compiler.md); found ${CMAKE_CXX_COMPILER_ID}. "
                      "Configure with: cmake --preset dev")
endif()

# A precompiled header defeats ccache unless both are told about it; paths are made relative, so that clones and work
# trees in other folders share the cache.
find_program(SKY_CCACHE ccache)
if(SKY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
      ${SKY_CCACHE})
endif()

add_library(sky_flags INTERFACE)
target_include_directories(sky_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(sky_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wno-missing-field-initializers -Wno-gnu-zero-variadic-macro-arguments
  -fno-omit-frame-pointer -ffunction-sections -fdata-sections
  $<$<CONFIG:Debug>:-O0> $<$<CONFIG:Debug>:-gline-tables-only>)
target_compile_definitions(sky_flags INTERFACE
  FMT_HEADER_ONLY
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_link_options(sky_flags INTERFACE -fuse-ld=lld-19 -Wl,--gc-sections)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(sky_flags INTERFACE -O2)
  target_link_options(sky_flags INTERFACE -Wl,-O1 -Wl,--icf=safe -s)
endif()

if(SKY_SANITIZE)
  target_compile_options(sky_flags INTERFACE -fsanitize=${SKY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(sky_flags INTERFACE -fsanitize=${SKY_SANITIZE})
endif()
if(SKY_COVERAGE)
  target_compile_options(sky_flags INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(sky_flags INTERFACE -fprofile-instr-generate)
endif()
if(SKY_BUILD_FUZZ)
  target_compile_options(sky_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(Threads REQUIRED)
target_link_libraries(sky_flags INTERFACE Threads::Threads)

# CMake also names the header's text by its absolute path, which ccache cannot make relative; the binary is enough.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH "-include-pch;<PCH_FILE>")

# One precompiled header for the whole tree: the standard set, fmt and Boost.JSON. Asio and Beast stay out of it:
# only async/asio_loop.cc and net/http_parser.cc may see them.
file(WRITE ${CMAKE_BINARY_DIR}/pch_anchor.cc "// Anchor of the precompiled header.\n")
add_library(sky_pch OBJECT ${CMAKE_BINARY_DIR}/pch_anchor.cc)
target_link_libraries(sky_pch PUBLIC sky_flags)
target_compile_options(sky_pch PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
set_target_properties(sky_pch PROPERTIES PCH_INSTANTIATE_TEMPLATES ON)
target_precompile_headers(sky_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
# The header itself holds absolute paths: it is compiled in each build folder, never taken from the cache. What ccache
# compares in its place is this sum of all that goes into it.
set_target_properties(sky_pch PROPERTIES CXX_COMPILER_LAUNCHER "")
set(sky_pch_content "${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${SKY_SANITIZE} ${SKY_COVERAGE} ${SKY_BUILD_FUZZ}")
foreach(file ${CMAKE_SOURCE_DIR}/cmake/pch.h /usr/include/fmt/core.h /usr/include/fmt/format.h
             /usr/include/boost/version.hpp /usr/include/boost/json/value.hpp)
  if(EXISTS ${file})
    file(SHA256 ${file} sum)
    string(APPEND sky_pch_content " ${sum}")
  endif()
endforeach()
file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/sky_pch.dir/cmake_pch.hxx.pch.sum "${sky_pch_content}\n")
