// Property: no input crashes, rows come in order, and what is written back with quotes reads the same.
#include "base/assert.h"
#include "base/strings.h"
#include "format/csv.h"

namespace {

auto quoted(const std::vector<std::string_view>& fields) -> std::string {
  std::string line;
  for (const auto field : fields) {
    if (!line.empty()) line += ',';
    line += '"' + sky::replace_all(field, "\"", "\"\"") + '"';
  }
  return line + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  sky::CsvReader reader({reinterpret_cast<const char*>(data), size}, "f");
  std::vector<std::string_view> fields;
  std::vector<std::string_view> again;
  size_t line = 0;
  for (;;) {
    const auto any = reader.next(fields);
    if (!any.ok() || !*any) return 0;
    SKY_ASSERT(reader.line() > line && !fields.empty());
    line = reader.line();
    const std::string text = quoted(fields);
    sky::CsvReader second(text, "f");
    const auto same = second.next(again);
    SKY_ASSERT(same.ok() && *same && again == fields);
  }
}
