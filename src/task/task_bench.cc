// How long reading task files takes. Aims: 200 µs for a task of 40 lines, 0.3 s for 12,000 tasks in one file.
#include <benchmark/benchmark.h>

#include "task/dag.h"

namespace {

constexpr std::string_view kForty = R"(name: train
workdir: .
num_nodes: 2
resources:
  infra: gcp/us-central1
  accelerators: A100:8
  cpus: 96+
  memory: 512GB+
  disk_size: 1TB
  disk_tier: best
  use_spot: true
  ports: [8080, 9000-9010]
  labels: {team: research, project: x}
  autostop: {idle_minutes: 10, down: true}
  job_recovery: {strategy: failover, max_restarts_on_errors: 3}
envs:
  MODEL: llama
  DATA: /data
  EPOCHS: 10
  LEARNING_RATE: 3.0e-4
secrets:
  WANDB_API_KEY: abc
file_mounts:
  /data: s3://bucket/data
  /checkpoints:
    name: checkpoints
    store: gcs
    mode: MOUNT
  ~/config.json: ./config.json
setup: |
  pip install -r requirements.txt
  python prepare.py
run: |
  torchrun \
    --nproc-per-node 8 \
    --nnodes $SKYPILOT_NUM_NODES \
    --node-rank $SKYPILOT_NODE_RANK \
    train.py --model $MODEL
config:
  gcp: {enable_gvnic: true}
)";

void ParseTask_FortyLines(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sky::parse_dag(kForty, "task.yaml"));
}
BENCHMARK(ParseTask_FortyLines)->Unit(benchmark::kMicrosecond);

void ParseTask_TwelveThousandTasks(benchmark::State& state) {
  std::string text = "name: sweep\n";
  for (int i = 0; i < 12'000; ++i) {
    text += "---\nname: t" + std::to_string(i) + "\nresources:\n  cpus: 1\nenvs:\n  SEED: " + std::to_string(i) +
            "\nrun: python train.py --seed $SEED\n";
  }
  for (auto _ : state) benchmark::DoNotOptimize(sky::parse_dag(text, "sweep.yaml"));
}
BENCHMARK(ParseTask_TwelveThousandTasks)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
