#include "requests/output.h"

#include "api/control.h"
#include "base/log.h"

namespace sky::requests {

void Output::print(std::string_view text) {
  append(text);
}

void Output::status(std::string_view text) {
  if (text.empty()) {
    if (spinning_) append(api::control_line(api::Control::kExit));
    spinning_ = false;
    return;
  }
  append(api::control_line(spinning_ ? api::Control::kUpdate : api::Control::kInit, text));
  if (!spinning_) append(api::control_line(api::Control::kStart));
  spinning_ = true;
}

void Output::append(std::string_view bytes) {
  if (!held_.empty()) {
    if (std::string_view(held_).starts_with(bytes)) {
      held_.erase(0, bytes.size());
      return;
    }
    held_.clear();
  }
  if (hub_ != nullptr) hub_->append(bytes);
}

void Output::finish() {
  status("");
  if (hub_ == nullptr) return;
  const Result<> finished = hub_->finish(std::nullopt);
  if (!finished.ok()) log_warning("requests", "{}", to_string(finished.error()));
}

}  // namespace sky::requests
