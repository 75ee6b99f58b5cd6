#!/usr/bin/env python3
"""Checks that each header under src/ compiles alone: check_headers.py [--seconds N] [ROOT]

Compiles every header without the precompiled one (which would hide a missing #include), with the flags of build/dev. A
header that passed is not compiled again until it, or a project header that it includes, changes. With --seconds the
headers not reached in time are left for the next run, and said so. Exit 1 if a header does not compile.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def closure(header: str, source: pathlib.Path) -> list[str]:
    """`header` and every project header that it reaches, sorted."""
    seen, open_ = set(), [header]
    while open_:
        name = open_.pop()
        path = source / name
        if name in seen or not path.is_file():
            continue
        seen.add(name)
        open_ += INCLUDE.findall(path.read_text())
    return sorted(seen)


def fingerprint(header: str, source: pathlib.Path, flags: list[str]) -> str:
    digest = hashlib.sha256(" ".join(flags).encode())
    for name in closure(header, source):
        digest.update(name.encode() + b"\0" + (source / name).read_bytes())
    return digest.hexdigest()


def flags_of(command: str) -> list[str]:
    """The flags of a compile command, less the compiler, the files and the precompiled header."""
    words, flags = shlex.split(command), []
    skip = 0
    for index, word in enumerate(words[1:], 1):
        if skip:
            skip -= 1
        elif word == "-Xclang":
            skip = 3 if words[index + 1] in ("-include-pch", "-include") else 1
        elif word in ("-o", "-c", "-include", "-include-pch"):
            skip = 1
        elif not word.startswith(("-fsanitize", "-fno-sanitize", "-fpch", "-W")) and word.startswith(("-", "/")):
            flags.append(word)
    return flags


def compile_alone(header: str, source: pathlib.Path, flags: list[str]) -> str:
    """The compiler's complaint, empty if there is none."""
    command = ["clang++-19", *flags, "-Wno-pragma-once-outside-header", "-fsyntax-only", "-x", "c++", str(source / header)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or f"clang++-19 exited with {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).resolve().parent.parent, type=pathlib.Path)
    options = parser.parse_args()
    source, build = options.root / "src", options.root / "build" / "dev"
    commands = json.loads((build / "compile_commands.json").read_text())
    flags = flags_of(next(entry["command"] for entry in commands if "/src/base/" in entry["file"]))

    cache_path = build / "headers_checked.json"
    passed = set(json.loads(cache_path.read_text())) if cache_path.exists() else set()
    headers = {path.relative_to(source).as_posix(): "" for path in sorted(source.rglob("*.h"))}
    for header in headers:
        headers[header] = fingerprint(header, source, flags)
    due = [header for header, print_ in headers.items() if print_ not in passed]

    end, failures, reached = time.monotonic() + options.seconds, [], 0

    def check(header: str) -> tuple[str, str] | None:
        return (header, compile_alone(header, source, flags)) if time.monotonic() < end else None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(check, due):
            if result is None:
                continue
            reached += 1
            if result[1]:
                failures.append(f"src/{result[0]} does not compile alone:\n{result[1]}")
            else:
                passed.add(headers[result[0]])
    cache_path.write_text(json.dumps(sorted(passed & set(headers.values()))))
    print("\n".join(failures), end="\n" if failures else "")
    if reached < len(due):
        print(f"{len(due) - reached} of {len(headers)} headers are left for the next run")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
