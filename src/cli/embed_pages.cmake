# Writes OUTPUT, a header with one string_view per page of PAGES (a list of Markdown files): jobs_pool_apply.md becomes
# sky::cli::pages::jobs_pool_apply.
cmake_minimum_required(VERSION 3.25)
set(text "// Made from pages/*.md; edit those.\n#pragma once\n\n#include <string_view>\n\nnamespace sky::cli::pages {\n\n")
foreach(page IN LISTS PAGES)
  get_filename_component(name ${page} NAME_WE)
  file(READ ${page} body)
  string(APPEND text "inline constexpr std::string_view ${name} = R\"page(${body})page\";\n")
endforeach()
string(APPEND text "\n}  // namespace sky::cli::pages\n")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "@text@" @ONLY)
