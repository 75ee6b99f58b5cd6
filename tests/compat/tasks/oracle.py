#!/usr/bin/env python3
"""What SkyPilot 0.14.1 makes of task files.

Runs under a Python that has skypilot==0.14.1. Standard input: one JSON text per line, {"name", "path"}. Standard output:
one line for each, {"name", "tasks": [...]} or {"name", "error", "class"}. Nothing is started and nothing is asked.
"""
import contextlib
import io
import json
import os
import sys

from sky.utils import dag_utils

# Keys of the normalised form that say where a file came from, not what is in it.
ORIGIN = ("_user_specified_yaml", "_metadata")


def plain(value):
    """As json.dumps sees it, with sets and dates as text."""
    return json.loads(json.dumps(value, default=str))


def load(path):
    dag = dag_utils.load_dag_from_yaml(path)
    tasks = []
    for task in dag.tasks:
        config = task.to_yaml_config()
        for key in ORIGIN:
            config.pop(key, None)
        tasks.append(plain(config))
    return {"tasks": tasks}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            try:
                result = load(case["path"])
            except BaseException as error:  # noqa: B902 - a crash is a result too
                result = {"error": str(error), "class": type(error).__name__}
        result["name"] = case["name"]
        print(json.dumps(result), flush=True)
    sys.stdout.flush()
    os._exit(0)  # SkyPilot leaves threads behind


if __name__ == "__main__":
    main()
