#include "cli/upload.h"

#include "client/file_upload.h"
#include "os/machine.h"
#include "task/validate.h"

namespace sky::cli {
namespace {

auto local_sources(const Task& task) -> std::vector<std::string> {
  std::vector<std::string> sources;
  if (const auto* workdir = std::get_if<std::string>(&task.workdir)) sources.push_back(*workdir);
  for (const auto& [target, source] : task.file_mounts) {
    if (!is_cloud_url(source)) sources.push_back(source);
  }
  return sources;
}

}  // namespace

auto send_task(Session& session, Task task, TaskUse use) -> Result<SentTask> {
  if (use == TaskUse::kExec) task.file_mounts.clear();
  SentTask sent{.text = task_text(task), .upload_id = {}};
  const std::vector<std::string> sources = session.endpoint().local ? std::vector<std::string>() : local_sources(task);
  if (sources.empty()) return sent;
  const Invocation& given = session.invocation();
  const std::string& user = session.identity().user_id;
  sent.upload_id = client::upload_id_of(user, os::host_name());
  given.print("⚙︎ Uploading files to API server");
  SKY_CHECK(session.wait(client::upload_files(
      session.transport(),
      {.user_id = user, .upload_id = *sent.upload_id, .sources = sources, .on_note = [&given](const std::string& note) {
         given.print(note);
       }})));
  given.print("✓ Files uploaded");
  sent.text += fmt::format("file_mounts_mapping: {}\n", to_json_text(client::upload_mapping(sources)));
  return sent;
}

}  // namespace sky::cli
