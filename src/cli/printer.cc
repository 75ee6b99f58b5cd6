#include "cli/printer.h"

#include "base/status.h"
#include "cli/render/text.h"
#include "term/markup.h"

namespace sky::cli {

Printer::Printer(Session& session, JobEnd job_end, Shown shown)
    : session_(session),
      job_end_(job_end),
      shown_(shown),
      paint_(session.invocation().out_paint()),
      spinner_([&session](std::string_view bytes) { session.env().write_out(bytes); },
               {.animated = session.env().terminal().out_is_terminal,
                .paint = paint_,
                .columns = session.env().terminal().columns}) {}

Printer::~Printer() {
  hide_spinner();
}

void Printer::hide_spinner() {
  if (timer_) session_.loop().stop_timer(*timer_);
  timer_.reset();
  spinner_.stop();
}

void Printer::arm_timer() {
  timer_ = session_.loop().start_timer(session_.loop().now() + term::Spinner::kFrameInterval, [this] {
    spinner_.tick(session_.loop().now());
    arm_timer();
  });
}

void Printer::write(std::string_view bytes) {
  if (bytes.empty() || shown_ == Shown::kNothing) return;
  hide_spinner();
  session_.env().write_out(bytes);
  last_byte_ = bytes.back();
}

void Printer::print_line(std::string_view line) {
  if (shown_ == Shown::kNothing) return;
  spinner_.print(line);
  last_byte_ = '\n';
}

void Printer::on_output(std::string_view bytes) {
  write(bytes);
}

void Printer::on_status(std::string_view text) {
  if (shown_ == Shown::kNothing || !session_.env().terminal().out_is_terminal) return;
  hide_spinner();
  if (text.empty()) return;
  spinner_.show(term::render_markup(text, paint_), session_.loop().now());
  arm_timer();
}

void Printer::on_log(std::string_view bytes) {
  write(bytes);
}

void Printer::finish(const client::End& end) {
  hide_spinner();
  if (job_end_ == JobEnd::kHidden || !end.job_status || !is_terminal(*end.job_status)) return;
  if (last_byte_ != '\n') write("\n");
  write(finished_line(fmt::format("Job finished (status: {}).", to_string(*end.job_status)), paint_) + "\n");
}

void Printer::leave() {
  hide_spinner();
  if (last_byte_ != '\n') write("\n");
  if (!request_id_.empty() && !job_) write(render_left_running(request_id_, paint_));
}

auto outcome_of(const Result<client::End>& end) -> Result<> {
  if (!end.ok()) return end.error();
  if (end->error) return *end->error;
  if (end->request_status == RequestStatus::kCancelled) {
    return make_error(ErrorCode::kCancelled, "the request was cancelled");
  }
  return {};
}

auto wait_stream(Session& session, Printer& printer, async::Task<Result<client::End>> stream) -> Result<client::End> {
  Result<client::End> end = session.wait(std::move(stream));
  if (!end.ok()) {
    if (is_aborted(end.error())) printer.leave();
    return end;
  }
  printer.finish(*end);
  SKY_CHECK(outcome_of(end));
  return end;
}

auto print_submitted(Session& session, std::string_view request_name, std::string_view request_id) -> int {
  session.invocation().print(render_submitted(request_name, request_id, session.invocation().out_paint()));
  return kExitSucceeded;
}

}  // namespace sky::cli
