#include "cli/commands/download.h"

#include <fcntl.h>

#include "base/status.h"
#include "base/strings.h"
#include "os/file.h"

namespace sky::cli {
namespace {

// Log bytes go to a file as they come.
class FileObserver final : public client::StreamObserver {
 public:
  explicit FileObserver(std::string path) : path_(std::move(path)) {}

  void on_request(std::string_view) override {}
  void on_output(std::string_view) override {}
  void on_status(std::string_view) override {}
  void on_job(const api::JobRef&) override {}
  void on_log(std::string_view bytes) override {
    if (outcome_.ok()) outcome_ = os::write_all(file_.get(), bytes, path_);
  }

  auto open() -> Result<> {
    SKY_CHECK(os::make_dirs(os::parent_dir(path_), 0755));
    SKY_TRY(file_, os::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    return {};
  }
  auto outcome() const -> const Result<>& { return outcome_; }

 private:
  std::string path_;
  os::UniqueFd file_;
  Result<> outcome_;
};

// Job id -> name of its log folder, for the jobs that the cluster knows.
auto folders_of(Session& session, const std::string& cluster) -> Result<std::map<std::int64_t, std::string>> {
  auto body = session.body<api::QueueBody>();
  body.cluster_name = cluster;
  body.all_users = true;
  SKY_TRY(const std::vector<api::JobRecord> jobs, session.wait(session.calls().queue(std::move(body))));
  std::map<std::int64_t, std::string> folders;
  for (const api::JobRecord& job : jobs) {
    const std::string name = job.log_path.substr(job.log_path.rfind('/') + 1);  // npos + 1 is 0
    folders[job.job_id] = name.empty() ? fmt::format("{}", job.job_id) : name;
  }
  return folders;
}

auto download_one(Session& session, const std::string& cluster, std::int64_t job, const std::string& folder)
    -> Result<> {
  FileObserver file(fmt::format("{}/run.log", folder));
  SKY_CHECK(file.open());
  auto body = session.body<api::LogsBody>();
  body.cluster_name = cluster;
  body.job_id = job;
  body.follow = false;
  SKY_TRY(const client::End end, session.wait(session.calls().logs(std::move(body), &file)));
  if (end.error) return *end.error;
  return file.outcome();
}

}  // namespace

auto download_logs(Session& session, const std::string& cluster, const std::vector<std::string>& jobs) -> Result<int> {
  const Invocation& given = session.invocation();
  SKY_TRY(const auto folders, folders_of(session, cluster));
  std::vector<std::int64_t> ids;
  for (const std::string& job : jobs) ids.push_back(parse_int(job).value_or(0));
  if (ids.empty()) {
    for (const auto& [id, name] : folders) ids.push_back(id);
  }
  std::vector<std::string> missing;
  for (const std::int64_t id : ids) {
    const auto found = folders.find(id);
    if (found == folders.end()) {
      missing.push_back(fmt::format("{}", id));
      continue;
    }
    const std::string place = fmt::format("sky_logs/{}/{}", cluster, found->second);
    SKY_CHECK(download_one(session, cluster, id, fmt::format("{}/{}", session.home(), place)));
    given.print(given.out_paint()(term::Style::kCyan, fmt::format("Job {} logs: ~/{}", id, place)));
  }
  if (missing.empty()) return kExitSucceeded;
  return make_error(ErrorCode::kJobNotFound,
                    fmt::format("Job {} not found on cluster '{}'.", join(missing, ", "), cluster),
                    fmt::format("To see its jobs: sky queue {}", cluster));
}

}  // namespace sky::cli
