// A head in memory for the tests of this folder: `sky-agent attach` as a FakeInfra program that speaks the protocol
// over a table of jobs which the test fills.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/protocol/mux.h"
#include "async/sim_loop.h"
#include "infra/testing/fake_infra.h"

namespace sky::agent {

class FakeHead {
 public:
  struct Job {
    JobView view;
    std::string output;
    int tail_count = 0;
  };

  explicit FakeHead(async::Loop& loop) : loop_(loop) {}

  // The program for FakeInfra::set_program(kAgentProgram, …).
  auto program() -> infra::FakeInfra::Program {
    return [this](infra::FakeInfra::ProgramContext context) { return serve_program(this, std::move(context)); };
  }
  // Ends every connection as a network does.
  void cut() {
    for (Mux* mux : muxes_) cut_.insert(mux);
    changed_.notify_all();
  }
  void set_job(std::int64_t id, JobStatus status, std::string more_output = {}) {
    Job& job = jobs[id];
    job.view.id = JobId(id);
    job.view.status = status;
    job.output += more_output;
    events_.push_back({.kind = Event::Kind::kJob, .job = job.view});
    changed_.notify_all();
  }
  void push_event(Event event) {
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  std::map<std::int64_t, Job> jobs;
  std::vector<std::string> commands;  // of each program that was run, without its options
  std::vector<AutostopSpec> autostops;
  std::map<std::string, std::int64_t> submitted;
  int info_count = 0;
  bool fired = false;           // what `info` says of autostop
  bool mute = false;            // takes questions and never answers
  std::optional<Error> refuse;  // instead of a greeting

 private:
  // A copy of the byte stream's end: the Mux owns its stream, the program's context owns this one.
  class Borrowed final : public async::ByteStream {
   public:
    explicit Borrowed(async::ByteStream* stream) : stream_(stream) {}
    auto read_some(std::span<char> into) -> async::Task<Result<size_t>> override { return stream_->read_some(into); }
    auto write_all(std::string_view bytes) -> async::Task<Result<>> override { return stream_->write_all(bytes); }
    void close_write() override { stream_->close_write(); }
    void close() override { stream_->close(); }

   private:
    async::ByteStream* stream_;
  };

  static auto serve_program(FakeHead* head, infra::FakeInfra::ProgramContext context) -> async::Task<Result<int>> {
    head->commands.push_back(context.argv.at(1));
    if (context.argv[1] != "attach") co_return 0;
    Mux mux(head->loop_, std::make_unique<Borrowed>(context.stream), Mux::Side::kAccepted);
    const auto check = [head](const Hello&) { return head->refuse ? Result<>(*head->refuse) : Result<>(); };
    const Deadline deadline = Deadline::after(head->loop_.now(), std::chrono::seconds(5));
    Hello mine = own_hello(context.cluster.server, context.cluster.cluster.str(), 0);
    const Result<Hello> peer = co_await mux.handshake(std::move(mine), check, deadline);
    if (!peer.ok()) co_return 1;
    head->muxes_.insert(&mux);
    mux.start([head](Channel& channel) { return head->answer(&channel); });
    while (mux.failure() == nullptr && !head->cut_.contains(&mux)) {
      const Result<> woken = co_await head->changed_.wait();
      if (!woken.ok()) break;
    }
    head->muxes_.erase(&mux);
    head->cut_.erase(&mux);
    co_await mux.stop();
    co_return 1;
  }

  auto answer(Channel* channel) -> async::Task<Result<Json>> {
    const std::string op = get_string(channel->request().as_object(), "op").value();
    if (mute) {
      async::Event never;
      SKY_CO_CHECK(co_await never.wait());
    }
    if (op == "watch") co_return co_await watch(channel);
    if (op == "tail") co_return co_await tail(channel);
    if (op == "submit") {
      const SubmitRequest request = submit_from_json(channel->request()).value();
      const auto [entry, fresh] = submitted.try_emplace(request.key, static_cast<std::int64_t>(submitted.size()) + 1);
      if (fresh) set_job(entry->second, JobStatus::kPending);
      co_return JsonObject{{"job_id", entry->second}};
    }
    if (op == "jobs") {
      JsonArray views;
      for (const auto& [id, job] : jobs) views.push_back(to_json(job.view));
      co_return JsonObject{{"jobs", std::move(views)}};
    }
    if (op == "cancel") {
      const JobsRequest request = jobs_from_json(channel->request()).value();
      JsonArray cancelled;
      for (const JobId id : request.ids) {
        cancelled.emplace_back(id.value());
        set_job(id.value(), JobStatus::kCancelled);
      }
      co_return JsonObject{{"cancelled", std::move(cancelled)}};
    }
    if (op == "autostop") {
      autostops.push_back(autostop_from_json(channel->request()).value());
      co_return Json(nullptr);
    }
    ++info_count;
    co_return JsonObject{{"build", "fake"}, {"autostop_fired", fired}};
  }

  auto watch(Channel* channel) -> async::Task<Result<Json>> {
    for (size_t next = events_.size();;) {
      while (next == events_.size()) SKY_CO_CHECK(co_await changed_.wait());
      SKY_CO_CHECK(co_await channel->write(to_json_text(to_json(events_[next++])) + "\n"));
    }
  }

  auto tail(Channel* channel) -> async::Task<Result<Json>> {
    const TailRequest request = tail_from_json(channel->request()).value();
    const auto found = jobs.find(request.job.value());
    if (found == jobs.end()) co_return make_error(ErrorCode::kJobNotFound, "no such job");
    Job& job = found->second;
    ++job.tail_count;
    std::uint64_t offset = request.offset;
    for (;;) {
      if (offset < job.output.size()) {
        const std::string piece = job.output.substr(offset, 1000);
        SKY_CO_CHECK(co_await channel->write(piece));
        offset += piece.size();
        continue;
      }
      if (is_terminal(job.view.status) || !request.follow) break;
      SKY_CO_CHECK(co_await changed_.wait());
    }
    co_return JsonObject{{"status", to_string(job.view.status)}, {"offset", offset}};
  }

  async::Loop& loop_;
  std::vector<Event> events_;
  std::set<Mux*> muxes_;
  std::set<Mux*> cut_;
  async::WaitList changed_;
};

// A cluster on FakeInfra whose head is a FakeHead.
class FakeCluster {
 public:
  explicit FakeCluster(int node_count = 1) : infra(loop), head(loop) {
    infra.set_program(std::string(infra::kAgentProgram), head.program());
    infra::LaunchRequest request;
    request.server = ServerId("5e77e700");
    request.cluster = ClusterName("c");
    request.cluster_hash = "hash";
    request.node_count = node_count;
    request.placement.infra = "fake";
    auto nodes = loop.run(infra.launch(request, soon()));
    cluster = {request.server, request.cluster, request.cluster_hash, request.placement, *nodes};
  }
  ~FakeCluster() { loop.run(infra.shut_down()); }

  auto soon() -> Deadline { return Deadline::after(loop.now(), std::chrono::seconds(30)); }

  async::SimLoop loop;
  infra::FakeInfra infra;
  FakeHead head;
  infra::ClusterRef cluster;
};

}  // namespace sky::agent
