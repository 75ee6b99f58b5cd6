// Printer: what a running request looks like on the terminal. Output and log bytes go to standard output as they come;
// the spinner is shown on a terminal only, elsewhere a request's own lines say enough.
#pragma once

#include <optional>
#include <string>

#include "cli/session.h"
#include "term/spinner.h"

namespace sky::cli {

enum class JobEnd {
  kShown,  // `✓ Job finished (status: …).` behind the log
  kHidden,
};
enum class Shown { kAll, kNothing };  // kNothing: standard output is for JSON

class Printer final : public client::StreamObserver {
 public:
  explicit Printer(Session& session, JobEnd job_end = JobEnd::kHidden, Shown shown = Shown::kAll);
  ~Printer() override;
  Printer(const Printer&) = delete;
  auto operator=(const Printer&) -> Printer& = delete;

  void on_request(std::string_view request_id) override { request_id_ = request_id; }
  void on_output(std::string_view bytes) override;
  void on_status(std::string_view text) override;
  void on_job(const api::JobRef& job) override { job_ = job; }
  void on_log(std::string_view bytes) override;

  // A line of its own; a spinner goes on below it.
  void print_line(std::string_view line);

  // Removes the spinner, and says how the job ended.
  void finish(const client::End& end);
  // The same when the user left.
  void leave();

 private:
  void write(std::string_view bytes);
  void hide_spinner();
  void arm_timer();

  Session& session_;
  JobEnd job_end_;
  Shown shown_;
  term::Paint paint_;
  term::Spinner spinner_;
  std::optional<async::TimerId> timer_;
  std::string request_id_;
  std::optional<api::JobRef> job_;
  char last_byte_ = '\n';
};

// What a request came to: its own error, or that of the call.
auto outcome_of(const Result<client::End>& end) -> Result<>;

// Waits for a stream that reports to `printer`. The error of a failed or cancelled request is the Error; a job that
// failed is not: its exit code is in the end record.
auto wait_stream(Session& session, Printer& printer, async::Task<Result<client::End>> stream) -> Result<client::End>;

// `Submitted sky.launch request: …` of --async; returns exit code 0.
auto print_submitted(Session& session, std::string_view request_name, std::string_view request_id) -> int;

}  // namespace sky::cli
