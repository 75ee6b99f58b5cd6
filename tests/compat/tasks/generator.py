"""Task files that together say everything that the language can say, rightly and wrongly.

cases(seed, count) gives (name, text) pairs: first each field in each of its forms, then seeded mixtures: valid files of
several fields, files with one field of a wrong type, misspelt fields, pipelines and job groups. The same seed gives the
same files. Texts are made by a small writer of our own rather than by PyYAML, so that forms keep their spelling
(`22:22`, `1e3`, `0644`).
"""
import json
import random

WRONG = ["5", "'5'", "1.5", "true", "null", "[]", "{}", "[a, b]", "{a: 1}", "''", "-1", "'x y'", "2024-01-01", ".inf"]

# Fields of a task: name -> forms, as they stand after `name: `.
TASK = {
    "name": ["train", "a-b_c.d", "-bad", "'x'", "5", "null", "''"],
    "workdir": [".", "~/x", "/tmp", "{url: 'https://github.com/a/b'}", "{url: 'git@github.com:a/b', ref: main}",
                "{ref: main}", "{url: x, branch: y}", "5", "[a]", "$HERE/x"],
    "num_nodes": ["1", "2", "010", "0", "-3", "1.0", "1.5", "'2'", "true", "1_000", "0x10", "99999999999999999999"],
    "setup": ["pip install x", "'echo $A'", "[a, b]", "5", "null", "true", "''"],
    "run": ["echo hi", "'a: b'", "[a, b]", "7", "null", "{a: b}", "1e3", "yes"],
    "envs": ["{A: 1, B: yes, C: 1:30, D: 2024-01-01, E: 1.5}", "{A: null}", "{A: }", "{1A: x}", "{A-B: x, C D: y}",
             "{_x: ''}", "[A]", "A", "{}", "{A: [1, 2]}", "{A: {b: c}}", "{A: .inf, B: 1e3, C: 0o7, D: 0644}",
             "{true: x}", "{5: x}", "{A: ~}", "{A: 'é', B: \"\\x41\"}", "{A: 1_000, B: -0.0, C: 12345678901234567890}"],
    "secrets": ["{A: x}", "{A: null}", "{A: x, B: null}", "['secrets:HF']", "['secrets:global.HF', 'secrets:x']", "[HF]",
                "{'secrets:HF': null}", "{'secrets:HF': x}", "5", "[]", "{}", "{workspace.A: null}", "[5]", "{5: 6}"],
    "managed_secrets": ["[A]", "[{A: {mount_path: /x}}]", "[personal.A, {workspace.B: {}}]", "[{A: {path: /x}}]", "A",
                        "[5]", "[]", "[{A: {}, B: {}}]", "[{}]"],
    "api_server_access": ["true", "false", "'no'", "0"],
    "file_mounts": [
        "{/a: ./b}", "{/a: s3://bucket/x, ~/b: gs://y}", "{/a: {source: s3://b, mode: MOUNT}}",
        "{/a: {name: my-bucket, store: s3}}", "{/a: {name: b, store: S3, mode: copy}}",
        "{/a: {name: b, mode: mount_cached, config: {mount_cached: {transfers: 8, buffer_size: 32M, read_only: true}}}}",
        "{/a: {name: b, mode: MOUNT, type: MODEL_CHECKPOINT_RO}}",
        "{/a: {name: b, mode: MOUNT_CACHED, type: dataset_rw}}",
        "{/a: {name: b, config: {mount: {read_only: true}}}}",
        "{/a: {name: b, mode: COPY, config: {mount: {read_only: true}}}}",
        "{/a: {name: b, config: {mount_cached: {transfers: 0}}}}",
        "{/a: {name: b, mode: MOUNT_CACHED, config: {mount_cached: {vfs_cache_max_age: 1h30m, vfs_write_back: x}}}}",
        "{/a: {name: b, nme: c}}", "{/a: {source: [a, b], name: b}}", "{/a: {source: [], name: b}}", "{/a: {}}",
        "{/a: {persistent: false, name: b}}", "{/a: {store: nfs, name: b}}", "{/a: {mode: rw, name: b}}", "{/a: 5}",
        "{/a: [x]}", "{/a: null}", "[x]", "{}", "{/a/: b/}", "{/a: {name: b, _force_delete: true}}",
        "{/mnt: {name: d, store: volume, persistent: true, config: {disk_size: 10, disk_tier: best}}}",
        "{/mnt: {store: volume, name: d, source: ./x}}", "{/mnt: {store: volume, config: {storage_type: instance}}}",
        "{/mnt: {store: volume}}", "{/a: {name: b, config: {mount_cached: {}}}}", "{5: x}",
        "{/a: {name: b, config: {disk_size: 10GB}}}", "{/a: {name: null, source: s3://x}}",
        "{/a: {source: hf://datasets/x, store: hf}}", "{/a: {name: s3://x}}", "{/a: {source: ./nothing}}",
        "{/a: {name: b, _is_sky_managed: true, _bucket_sub_path: x/y}}", "{/${A}: $B/x}",
    ],
    "volumes": ["{/data: vol}", "{/data: {name: v, sub_path: a/b}}", "{/data: {size: 10}}", "{/data: {size: 10Gi, type: k8s-pvc}}",
                "{/data: 5}", "[x]", "{}", "{/data: {}}", "{/data: {foo: bar}}", "{data: v}", "{/data: {host_path: /x}}"],
    "service": [
        "{readiness_probe: /health}", "{readiness_probe: health}", "{readiness_probe: {path: /h, initial_delay_seconds: 20}}",
        "{readiness_probe: {initial_delay_seconds: 20}}", "{readiness_probe: /, replicas: 3}",
        "{readiness_probe: {path: /, post_data: '{\"a\": 1}', timeout_seconds: 5}}",
        "{readiness_probe: {path: /, post_data: '{a'}}", "{readiness_probe: {path: /, post_data: {a: [1]}}}",
        "{readiness_probe: {path: /, headers: {A: b}}}", "{readiness_probe: {path: /, headers: {A: 1}}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 1}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 1, max_replicas: 3}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 1, max_replicas: 3, target_qps_per_replica: 2.5}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 3, max_replicas: 1, target_qps_per_replica: 2}}",
        "{readiness_probe: /, replica_policy: {max_replicas: 3}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 1, target_qps_per_replica: 2}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 0, max_replicas: 2, target_qps_per_replica: {'H100:1': 2, L4: 1}}, "
        "load_balancing_policy: instance_aware_least_load}",
        "{readiness_probe: /, replica_policy: {min_replicas: 0, max_replicas: 2, target_qps_per_replica: {H100: 2}}}",
        "{readiness_probe: /, replica_policy: {min_replicas: 0, max_replicas: 2, target_qps_per_replica: {'h100': 2}}}",
        "{readiness_probe: /, load_balancing_policy: instance_aware_least_load, replicas: 1}",
        "{readiness_probe: /, load_balancing_policy: round_robin}", "{readiness_probe: /, load_balancing_policy: LEAST_LOAD}",
        "{readiness_probe: /, load_balancing_policy: fastest}", "{readiness_probe: /, ports: 8080}",
        "{readiness_probe: /, ports: 0}", "{readiness_probe: /, ports: 70000}", "{readiness_probe: /, ports: '80'}",
        "{readiness_probe: /, tls: {keyfile: a, certfile: b}}", "{readiness_probe: /, tls: {keyfile: a}}",
        "{readiness_probe: /, replicas: 2, replica_policy: {min_replicas: 1}}", "{replicas: 2}", "{}", "5", "{replica: 2}",
        "{readiness_probe: /, replicas: 2, workers: 1}", "{readiness_probe: /, workers: 2}",
        "{readiness_probe: /, replica_policy: {min_replicas: 1, max_replicas: 4, target_qps_per_replica: 1, "
        "upscale_delay_seconds: 5, downscale_delay_seconds: 6.5, num_overprovision: 1, dynamic_ondemand_fallback: true, "
        "base_ondemand_fallback_replicas: 1, spot_placer: dynamic_fallback}}",
        "{readiness_probe: /$PATH_X, replicas: 1}", "{readiness_probe: /, load_balancer: {stream_timeout_seconds: 5}}",
        "{readiness_probe: {path: /, endpoint_probe_interval_seconds: 3, consecutive_failure_threshold_timeout: 4}}",
    ],
    "pool": ["{workers: 2}", "{min_workers: 1, max_workers: 3}", "{max_workers: 3}", "{min_workers: 1}", "{}",
             "{min_workers: 3, max_workers: 1}", "{max_workers: 3, workers: 1, queue_length_threshold: 2}",
             "{workers: 1, queue_length_threshold: 2}", "{workers: -1}", "5", "{worker: 1}",
             "{max_workers: 3, min_workers: 0, upscale_delay_seconds: 1.5, downscale_delay_seconds: 2}",
             "{workers: 1, upscale_delay_seconds: 1}", "{max_workers: 2, queue_length_threshold: 0}", "true"],
    "config": ["{docker: {run_options: [-v, a]}}", "{kubernetes: {pod_config: {spec: {a: 1}}, provision_timeout: 5}}",
               "{gcp: {enable_gvnic: true}}", "{aws: {vpc_name: x}}", "{hooks: [{run: x}]}",
               "{hooks: [{run: x, events: [down], timeout: 5}]}", "{hooks: [{run: '', events: [down]}]}",
               "{hooks: [{events: [down]}]}", "{hooks: [{run: x, events: []}]}", "{hooks: [{run: x, events: [start]}]}",
               "{hooks: x}", "{hooks: []}", "{}", "5", "{active_workspace: a}", "{nvidia_gpus: {disable_ecc: 1}}",
               "{hooks: [{run: x, timeout: 0}]}", "{hooks: [{run: x, events: [stop, stop]}]}", "{slurm: {sbatch_options: {a: b}}}",
               "{kubernetes: {kueue: {local_queue_name: q}, dws: {enabled: true}}}", "{gcp: {vpc_name: 'a b'}}"],
    "inputs": ["{s3://a: 5}", "{s3://a: 1.5}", "{a: 1, b: 2}", "{s3://a: x}", "[a]", "a"],
    "outputs": ["{gs://a: 100}", "{gs://a: null}", "5"],
    "event_callback": ["echo x", "5", "[a]"],
    "volume_mounts": ["[{path: /a, volume_name: v}]", "[{path: 5}]", "[]", "{}", "[{pth: a}]"],
    "file_mounts_mapping": ["{a: b}", "{}", "5"],
    "_metadata": ["{a: 1}", "5"],
}

# Fields of `resources:`.
RESOURCES = {
    "infra": ["aws", "AWS", "aws/us-east-1", "gcp/us-central1/us-central1-a", "'*'", "'*/us-east-1'", "k8s", "k8s/a/b/c",
              "kubernetes/ctx", "ssh/pool", "slurm/c/p", "azure", "lambda", "runpod", "awz", "aws//x", "a/b/c/d", "''",
              "' aws '", "/aws/", "5", "[aws]", "aws/*/us-east-1a", "'*/*/z'", "vast", "digitalocean", "do", "nebius",
              "hyperbolic/x", "shadeform", "fluidstack", "oci", "ibm", "cudo", "paperspace", "scp", "vsphere", "seeweb",
              "primeintellect", "mithril", "yotta", "verda"],
    "cloud": ["aws", "GCP", "k8s", "awz", "5", "'*'"],
    "region": ["us-east-1", "5", "''"],
    "zone": ["us-east-1a", "5"],
    "cpus": ["4", "'4'", "4+", "4.5", "'0.5+'", "0", "-1", "x", "4x", "[4]", "true", "'4 '", "1e3", "1_0", ".5"],
    "memory": ["16", "'16+'", "16GB", "16gb+", "1024MB", "1.5GB", "512MB+", "4x", "100KB", "0", "-3", "x", "16 GB", "16XB",
               "1TB", "2Ti", "1.5", "'4x+'", "'+'", "16G", "true", "1PB"],
    "accelerators": [
        "H100", "H100:8", "h100", "V100:0.5", "{H100: 8}", "{A100: 1, V100: 1}", "[A100, V100]", "['A100:2', L4]",
        "{A100: null, L4: 2}", "[A100]", "[A100, A100]", "{A100, V100}", "tpu-v2-8", "tpu-v5p-8", "tpu-v6e-4",
        "tpu-v5-lite-podslice:4", "A100:x", "A100:0", "A100:-1", "A100:1.0", "A100:1.5", "''", "5", "[5]", "{A100: x}",
        "A100:1:1", "[]", "{}", "null", "A100-80GB:4", "GH200", "{A100: 0}", "{A100: 0.5}", "true", "[[A100]]", "Trainium:1",
        "'A100:'", "':1'", "'A100 :1'", "nosuch", "B200:8", "{A100: 1e3}", "A100:1e1", "A100:1_0", "'A100: 1'",
    ],
    "accelerator_args": ["{runtime_version: tpu-vm-base}", "{tpu_vm: false}", "{tpu_name: x}", "{tpu_nme: x}", "5", "{}",
                         "{tpu_vm: yes, gcp_queued_resource: true}", "{tpu_vm: 'no'}"],
    "instance_type": ["p3.2xlarge", "5", "null", "TPU-VM", "''"],
    "use_spot": ["true", "false", "null", "'yes'", "1"],
    "job_recovery": ["failover", "FAILOVER", "none", "null", "foo", "{strategy: failover}", "{strategy: null}",
                     "{strategy: EAGER_NEXT_REGION, max_restarts_on_errors: 3}", "{max_restarts_on_errors: -1}",
                     "{recover_on_exit_codes: 5}", "{recover_on_exit_codes: [1, 2]}", "{recover_on_exit_codes: [1, 1]}",
                     "{recover_on_exit_codes: 300}", "{recover_on_exit_codes: [x]}", "{foo: 1}", "5", "{}", "''", "[a]",
                     "{strategy: 5}", "{max_restarts_on_errors: 1.0}"],
    "disk_size": ["100", "256", "'100'", "100GB", "2048MB", "10KB", "1.5TB", "0", "-5", "x", "0644", "1TB", "256GB", "100.5",
                  "true", "1.0", "'100 GB'", "100g"],
    "ephemeral_storage": ["10", "10GB", "x", "true"],
    "disk_tier": ["low", "HIGH", "best", "fast", "5", "none", "ultra", "Medium"],
    "network_tier": ["standard", "BEST", "fast", "5"],
    "local_disk": ["nvme", "ssd:500", "1000+", "nvme:1000+", "hdd:5", "nvme:x", "nvme:0", "a:b:c", "500", "nvme:5++", "''"],
    "max_hourly_cost": ["1", "0.5", "0", "-1", "x", "'1'", "true"],
    "ports": ["8080", "'8080'", "[80, 81, '82-90']", "10000-10010", "22:22", "'80,443'", "[]", "''", "0", "99999", "10-5",
              "a", "[a]", "[80, 80]", "8080.5", "{a: 1}", "'1-2-3'", "[8080, 8079, 9000-9001]", "null", "'80, 81'", "true"],
    "labels": ["{a: b}", "{a: 1}", "{}", "[a]", "{a: null}", "{1: b}", "{a: ''}"],
    "autostop": ["true", "false", "10", "'10'", "10m", "2h", "1d", "1w", "1:30", "-5", "'-5'", "5s", "x", "{idle_minutes: 5}",
                 "{idle_minutes: 5, down: true}", "{down: yes, wait_for: JOBS}", "{wait_for: jobs_and_ssh}", "{wait_for: x}",
                 "{hook: echo, idle_minutes: 1}", "{hook: echo, hook_timeout: 5, down: true}", "{hook_timeout: 0}", "{}",
                 "{idle_minutes: -1}", "{idle_minutes: 10m}", "{idle: 5}", "1.5", "null", "0", "{hook_timeout: 5}", "1.5h"],
    "image_id": ["ami-1", "docker:ubuntu", "{us-east-1: ami-1}", "skypilot:gpu-ubuntu-2004", "{docker: ubuntu}",
                 "{docker: ubuntu, us-east-1: ami-1}", "{docker: a, us-east-1: docker:b}", "5", "[a]", "''", "null", "{}",
                 "{docker: docker:ubuntu}", "' ami-1 '", "{null: ami-1}"],
    "priority": ["0", "1000", "-1000", "1001", "'5'", "1.5", "true"],
    "priority_class": ["high", "' x '", "''", "5"],
    "volumes": ["[{path: /a, name: v}]", "[{path: /a}]", "[{name: v}]", "[]", "x", "[{path: /a, name: v, disk_size: 10}]",
                "[{path: /a, storage_type: instance}]", "[{path: /a, name: v, disk_tier: best, attach_mode: read_only}]",
                "[{path: /a, name: v, disk_size: 10GB}]", "[{path: /a, name: v, storage_type: foo, attach_mode: bar}]",
                "[{path: /a, name: v, auto_delete: true, disk_tier: nope}]"],
    "any_of": ["[{infra: aws}, {infra: gcp}]", "[{cpus: 4}]", "[]", "[{any_of: []}]", "x", "[{infra: aws, labels: {c: d}}, {infra: gcp}]",
               "[{accelerators: H100}, {accelerators: 'A100:8', use_spot: true}]", "[5]", "[{infa: aws}]", "[{cpus: x}]",
               "[{accelerators: [A100, V100]}]", "[{accelerators: {A100: 1}}, {cpus: 2}]", "null", "[{}, {}]",
               "[{autostop: 5}, {autostop: 10}]", "[{priority: 1}, {priority: 2}]", "[{disk_size: 256}, {disk_tier: low}]",
               "[{gpus: L4}, {gpus: 'T4:2'}]", "[{infra: aws}, {infra: aws}]"],
    "ordered": ["[{infra: aws}, {infra: gcp}]", "[{cpus: 4}]", "[]", "[{ordered: []}]", "x", "[{use_spot: true}, {use_spot: false}]"],
    "_docker_login_config": ["{username: a, password: b, server: c}", "{username: a}"],
    "_cluster_config_overrides": ["{docker: {run_options: x}}", "{foo: 1}", "{}"],
    "_is_image_managed": ["true"],
    "_requires_fuse": ["true", "1"],
    "_no_missing_accel_warnings": ["true"],
    "hooks": ["[{run: x}]"],
    "gpus": ["L4", "{L4: 2}", "[L4, T4]", "5"],
    "spot_recovery": ["failover"],
}

# Whole files that no table makes.
WHOLE = [
    "", "# nothing\n", "---\n", "--- \n...\n", "null\n", "[]\n", "{}\n", "5\n", "text\n", "a: [\n", "a: b: c\n", "\tx: y\n",
    "run: |\n  a\n b\n", "run: a\nrun: b\n", "? [a, b]\n: c\n", "run: 'x\n", "a: &x [*x]\n", "run: *nope\n", "%YAML 1.2\n---\nnum_nodes: 010\n",
    "on: push\n", "1: x\n", "true: x\n", "resources:\nrun: x\n", "name: x\n---\n", "name: p\n---\nrun: a\n---\nrun: b\n",
    "name: p\nexecution: serial\n---\nrun: a\n", "name: p\nexecution: parallel\n", "name: p\nexecution: foo\n---\nrun: a\n",
    "name: g\nexecution: parallel\n---\nname: a\nrun: x\n---\nname: b\nrun: y\n",
    "name: g\nexecution: parallel\n---\nrun: x\n", "name: g\nexecution: parallel\n---\nname: a\n---\nname: a\n",
    "name: g h\nexecution: parallel\n---\nname: a\n", "execution: parallel\n---\nname: a\n",
    "name: g\nexecution: parallel\nprimary_tasks: [a]\n---\nname: a\n---\nname: b\n",
    "name: g\nexecution: parallel\nprimary_tasks: [c]\n---\nname: a\n---\nname: b\n",
    "name: g\nexecution: parallel\nprimary_tasks: a\n---\nname: a\n", "name: g\nexecution: parallel\nprimary_tasks: [5]\n---\nname: a\n",
    "name: g\nexecution: parallel\ntermination_delay: 30s\n---\nname: a\n", "name: g\nexecution: parallel\ntermination_delay: 30x\n---\nname: a\n",
    "name: g\nexecution: parallel\ntermination_delay: {default: 30s, a: 1m}\n---\nname: a\n",
    "name: g\nexecution: parallel\ntermination_delay: {b: 1m}\n---\nname: a\n", "name: g\nexecution: parallel\ntermination_delay: [a]\n---\nname: a\n",
    "name: g\nexecution: parallel\ninter_connection: true\n---\nname: a\n", "name: g\nexecution: parallel\ninter_connection: 1\n---\nname: a\n",
    "name: g\nexecution: parallel\nfoo: bar\n---\nname: a\n", "name: g\nexecution: parallel\n---\nname: a b\n",
    "name: g\nexecution: serial\nprimary_tasks: [a]\n---\nname: a\n", "run: a\n---\nrun: b\nnme: c\n", "---\n---\nrun: a\n",
    "name: p\n---\n---\nrun: a\n", "envs: {A: x}\nworkdir: ${A}/y\n", "envs: {A: x}\nfile_mounts: {/$A: ${A}z, /b: $B}\n",
    "envs: {A: x}\nsecrets: {B: y}\nfile_mounts: {/a: {name: $A-$B, store: s3}}\n", "envs: {A: /h}\nservice: {readiness_probe: $A}\n",
    "envs: {A: v}\nvolumes: {/data: $A}\nrun: echo $A\nname: $A\n", "envs: {A: '{x'}\nworkdir: $A}\n",
    "service: {readiness_probe: /}\npool: {workers: 1}\n", "resources: {gpus: L4, accelerators: L4}\n", "resources: {gpu: L4}\n",
    "resources: {infra: aws, cloud: aws}\n", "resources: {infra: aws, region: us-east-1}\n", "resources: {cloud: aws, region: us-east-1, zone: us-east-1a}\n",
    "resources: {any_of: [{cpus: 1}, {cpus: 2}], ordered: [{cpus: 1}]}\n", "resources: {accelerators: [A, B], any_of: [{cpus: 1}, {cpus: 2}]}\n",
    "resources: {accelerators: {A: 1, B: 1}, any_of: [{cpus: 1}, {cpus: 2}]}\n", "resources: {accelerators: [A, B], ordered: [{cpus: 1}, {cpus: 2}]}\n",
    "resources: {labels: {a: b}, any_of: [{cpus: 1, labels: {c: d}}, {cpus: 2, labels: {a: e}}]}\n",
    "resources: {labels: {a: b}, ordered: [{cpus: 1, labels: {c: d}}, {cpus: 2}]}\n",
    "envs: {SKYPILOT_DOCKER_USERNAME: a, SKYPILOT_DOCKER_PASSWORD: b, SKYPILOT_DOCKER_SERVER: c}\nresources: {image_id: docker:x}\n",
    "envs: {SKYPILOT_DOCKER_USERNAME: a}\n", "envs: {SKYPILOT_DOCKER_USERNAME: a}\nsecrets: {SKYPILOT_DOCKER_PASSWORD: b}\n",
    "secrets: {SKYPILOT_DOCKER_USERNAME: a, SKYPILOT_DOCKER_PASSWORD: b, SKYPILOT_DOCKER_SERVER: c}\nresources: {image_id: docker:x}\n",
    "secrets: {SKYPILOT_DOCKER_USERNAME: a}\n", "envs: {SKYPILOT_RUNPOD_DOCKER_USERNAME: a}\nresources: {infra: runpod, image_id: docker:x}\n",
    "resources: {infra: k8s, image_id: ubuntu}\n", "resources: {infra: aws/us-east-1, image_id: ami-1}\n", "resources: {infra: gcp, accelerators: tpu-v5e-8}\n",
    "resources: {infra: aws, accelerators: tpu-v2-8}\n", "resources: {infra: k8s, accelerators: tpu-v5-lite-podslice}\n",
    "resources: {infra: slurm, memory: 0}\n", "resources: {infra: gcp, instance_type: n1-highmem-8, accelerators: tpu-v3-8}\n",
    "resources: {accelerators: tpu-v2-8, accelerator_args: {tpu_vm: false}}\n", "resources: {instance_type: x, accelerators: tpu-v2-8}\n",
    "resources: &r {cpus: 4}\nconfig: {hooks: [{run: x}]}\n", "resources: {autostop: {hook: a}}\nconfig: {hooks: [{run: x}]}\n",
    "resources: {_cluster_config_overrides: {gcp: {vpc_name: x}}}\nconfig: {gcp: {vpc_name: y}}\n", "resources: {autostop: {hook: a}, any_of: [{cpus: 1}, {cpus: 2}]}\n",
    "x: &a {cpus: 4}\nresources: *a\n", "envs: &e {A: b}\nsecrets: *e\n", "resources: {<<: {cpus: 2}, memory: 4}\n", "resources: {any_of: &l [{cpus: 1}, {cpus: 2}]}\n",
    "run: \"\\u00e9\\n\"\n", "name: \u65e5\u672c\nrun: \u00e9\n", "run: a\n...\nrun: b\n", "\ufeffrun: a\n", "run: a\r\nsetup: b\r\n", "run: a\x07\n", "run: !!python/object:os.system x\n",
    "run: !!str 5\n", "run: !!binary aGk=\n", "num_nodes: !!int '3'\n", "envs: !!set {A, B}\n", "resources: !!omap [a: b]\n",
    "priority: 5\n", "job: x\nrun: y\n", "Name: x\n", "NAME: x\nRuns: y\nzzz: 1\n", "experimental: {config_overrides: {docker: {run_options: x}}}\n",
    "resources: {Infra: aws}\n", "resources: {accelerator: L4, cpu: 4, mem: 5, port: 80}\n", "resources: {foo: 1, any_of: [{bar: 2}]}\n",
    "file_mounts: {/a: {name: b, mode: MOUNT}, /c: {name: d, mode: COPY, source: s3://x}}\nresources: {cpus: 2}\n",
    "inputs: {}\n", "envs:\n", "secrets:\n", "file_mounts:\n", "service:\n", "pool:\n", "config:\n", "workdir:\n", "volumes:\n",
]

TYPOS = ["nme", "runn", "resource", "num_node", "env", "secret", "file_mount", "volume", "set_up", "services", "work_dir",
         "input", "configs", "gpu", "accelerator", "cpu", "mem", "disk", "port", "label", "image", "auto_stop", "spot",
         "use_sport", "any", "order", "infrastructure", "instance", "zzz", "Resources", "RUN"]


def of_task(fields):
    return "".join(f"{name}: {form}\n" for name, form in fields)


def of_resources(fields, indent="resources:\n"):
    return indent + "".join(f"  {name}: {form}\n" for name, form in fields)


def each_form():
    for name, forms in TASK.items():
        for number, form in enumerate(forms):
            yield f"task-{name}-{number}", of_task([(name, form)])
    for name, forms in RESOURCES.items():
        for number, form in enumerate(forms):
            yield f"resources-{name}-{number}", of_resources([(name, form)])
    for number, text in enumerate(WHOLE):
        yield f"whole-{number}", text


def mixture(rng, wrong_chance):
    """Several fields; each of a form that is wrong by chance."""
    task = {}
    for name in rng.sample(sorted(TASK), rng.randint(0, 4)):
        task[name] = rng.choice(WRONG if rng.random() < wrong_chance else TASK[name][:3])
    resources = {}
    for name in rng.sample(sorted(RESOURCES), rng.randint(0, 5)):
        resources[name] = rng.choice(WRONG if rng.random() < wrong_chance else RESOURCES[name][:4])
    text = of_task(task.items())
    if rng.random() < wrong_chance / 2:
        text += f"{rng.choice(TYPOS)}: x\n"
    if resources:
        if rng.random() < wrong_chance / 2:
            resources[rng.choice(TYPOS)] = "x"
        text += of_resources(resources.items())
    return text or "run: x\n"


def cases(seed, count):
    """At least `count` files; the forms one by one always, then mixtures."""
    rng = random.Random(seed)
    made = 0
    for case in each_form():
        made += 1
        yield case
    for number in range(max(0, count - made)):
        kind = rng.random()
        if kind < 0.15:
            parts = [mixture(rng, 0.03) for _ in range(rng.randint(2, 3))]
            header = rng.choice(["", "name: p\n---\n", "name: g\nexecution: parallel\n---\n"])
            yield f"several-{seed}-{number}", header + "---\n".join(parts)
        else:
            yield f"mixture-{seed}-{number}", mixture(rng, rng.choice([0, 0.1, 0.3]))


if __name__ == "__main__":
    for name, text in cases(1, 0):
        print(json.dumps({"name": name, "yaml": text}))
