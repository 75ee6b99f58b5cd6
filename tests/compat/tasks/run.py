#!/usr/bin/env python3
"""Compares task files as SkyPilot 0.14.1 reads them with `sky task show`.

The corpus is every YAML file of the project's examples/ and tests/, and the files of generator.py. Compared are: accepted
or refused, the normal form, the message. `any_of` is unordered. What is accepted must also suit `sky task schema`. Prints the agreement and what differs; the last line is
`N passed, N failed`. Exit code 77: SkyPilot is not there and cannot be installed.

SkyPilot runs under $SKY_STOCK_PYTHON, or in an environment that is made once in ~/.cache/sky-tests. The programs come from
$SKY_BIN_DIR (default: build/dev/bin).
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))
import generator  # noqa: E402

VERSION = "0.14.1"
MESSAGE_GOAL = 0.95
SKIPPED = 77
PATH = r"/[^ '\":]*/sky-tasks-[^ '\":]*\.yaml"


def stock_python():
    """The interpreter that has SkyPilot; None when there is none and none can be made."""
    given = os.environ.get("SKY_STOCK_PYTHON")
    if given:
        return given
    venv = pathlib.Path.home() / ".cache" / "sky-tests" / f"stock-{VERSION}"
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True)
            subprocess.run([python, "-m", "pip", "install", "-q", f"skypilot=={VERSION}"], check=True, timeout=900,
                           capture_output=True)
        except (OSError, subprocess.SubprocessError):
            return None
        (venv / "complete").touch()
    return str(python)


def write_corpus(folder, seed, count):
    """(name, path) of all files."""
    corpus = []
    for name, text in generator.cases(seed, count):
        path = folder / f"{name}.yaml"
        path.write_bytes(text.encode())
        corpus.append((name, path))
    for top in ("examples", "tests"):
        for path in sorted((ROOT / top).rglob("*.y*ml")):
            corpus.append((str(path.relative_to(ROOT)), path))
    return corpus


def environment(home):
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "ASAN_OPTIONS")}
    return {**kept, "HOME": str(home), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}


def answers_path(corpus):
    """Where the answers to these very files are kept: SkyPilot takes longer than all the rest."""
    digest = hashlib.sha256((HERE / "oracle.py").read_bytes() + VERSION.encode())
    for name, path in corpus:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return pathlib.Path.home() / ".cache" / "sky-tests" / f"answers-{digest.hexdigest()[:16]}.json"


def read_with_stock(python, corpus, home):
    kept = answers_path(corpus)
    if kept.exists():
        return json.loads(kept.read_text())
    results = ask_stock(python, corpus, home)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(results))
    return results


def ask_stock(python, corpus, home):
    cases = "".join(json.dumps({"name": name, "path": str(path)}) + "\n" for name, path in corpus)
    done = subprocess.run([python, HERE / "oracle.py"], input=cases, env=environment(home), capture_output=True,
                          text=True, cwd=home)
    results = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            result = json.loads(line)
            results[result["name"]] = result
    if len(results) != len(corpus):
        sys.exit(f"SkyPilot answered {len(results)} of {len(corpus)} files:\n{done.stderr[-2000:]}")
    return results


def read_with_sky(program, path, home):
    done = subprocess.run([program, "task", "show", "-o", "json", str(path)], env=environment(home),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=home)
    if done.returncode == 0:
        return {"tasks": json.loads(done.stdout)}
    text = done.stderr
    if done.returncode != 1 or not text.startswith("Error: ") or done.stdout:
        return {"crash": f"exit code {done.returncode}\n{text}{done.stdout}"}
    lines = text[len("Error: "):].splitlines()
    # Lines of our own follow the message.
    while lines and (lines[-1].startswith("  --> ") or lines[-1].startswith("  hint: ")):
        lines.pop()
    return {"error": "\n".join(lines)}


def refused_by_schema(python, program, paths, home):
    """Lines about accepted files that `sky task schema` does not accept."""
    schema = subprocess.run([program, "task", "schema"], env=environment(home), capture_output=True, text=True).stdout
    done = subprocess.run([python, HERE / "schema_check.py", *paths], input=schema, env=environment(home),
                          capture_output=True, text=True)
    return done.stdout.splitlines() + done.stderr.splitlines()[-1:]


def comparable(value):
    """Without order where there is none, and without what only ours has."""
    if isinstance(value, dict):
        out = {key: comparable(member) for key, member in value.items() if key != "_metadata"}
        if "any_of" in out and isinstance(out["any_of"], list):
            out["any_of"] = sorted(out["any_of"], key=lambda one: json.dumps(one, sort_keys=True))
        return out
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def same_message(theirs, ours):
    return re.sub(PATH, "FILE", theirs).strip() == re.sub(PATH, "FILE", ours).replace("|local", "").replace(", 'local'", "").strip()


class Tally:
    def __init__(self, allowed):
        self.allowed = allowed
        self.verdict = self.form = self.message = self.both_accept = self.both_refuse = self.total = 0
        self.unknown = 0
        self.differences = []

    def allowed_for(self, text, kind):
        return any(entry["kind"] == kind and any(part in text for part in entry["texts"]) for entry in self.allowed)

    def differs(self, kind, name, text, theirs, ours):
        if self.allowed_for(text, kind):
            return True
        self.differences.append((kind, name, text, theirs, ours))
        return False

    def add(self, name, text, theirs, ours):
        # A catalog that could not be fetched says nothing about the file.
        if theirs.get("class") == "ConnectionError":
            self.unknown += 1
            return
        self.total += 1
        if "crash" in ours or ("tasks" in theirs) != ("tasks" in ours):
            self.verdict += self.differs("verdict", name, text, theirs, ours)
            return
        self.verdict += 1
        if "tasks" in theirs:
            self.both_accept += 1
            same = comparable(theirs["tasks"]) == comparable(ours["tasks"])
            self.form += same or self.differs("form", name, text, theirs["tasks"], ours["tasks"])
        else:
            self.both_refuse += 1
            # A Python error is no message for people.
            known = theirs["class"] in ("ValueError", "InvalidSkyPilotConfigError") or "sky" in theirs["class"].lower()
            same = same_message(theirs["error"], ours["error"])
            if not same and not known:
                self.both_refuse -= 1
                return
            self.message += same or self.differs("message", name, text, theirs, ours)

    def good(self):
        messages = self.message / max(1, self.both_refuse)
        return self.verdict == self.total and self.form == self.both_accept and messages >= MESSAGE_GOAL


def share(part, whole):
    return f"{part}/{whole} ({100 * part / max(1, whole):.1f} %)"


def show_difference(difference):
    kind, name, text, theirs, ours = difference
    print(f"--- {kind} {name}\n{text.rstrip()}\n  SkyPilot: {json.dumps(theirs)}\n  sky:      {json.dumps(ours)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=900, help="generated files, at least")
    parser.add_argument("--quiet", action="store_true", help="only the figures")
    options = parser.parse_args()
    python = stock_python()
    if python is None:
        print(f"skipped: skypilot=={VERSION} is not installed and cannot be")
        sys.exit(SKIPPED)
    program = pathlib.Path(os.environ.get("SKY_BIN_DIR", ROOT / "build" / "dev" / "bin")) / "sky"
    allowed = json.loads((HERE / "allowed.json").read_text())
    with tempfile.TemporaryDirectory(prefix="sky-tasks-") as name:
        folder = pathlib.Path(name)
        home = folder / "home"
        home.mkdir()
        corpus = write_corpus(folder, options.seed, options.count)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            stock = pool.submit(read_with_stock, python, corpus, home)
            ours = list(pool.map(lambda case: read_with_sky(program, case[1], home), corpus))
        theirs = stock.result()
        tally = Tally(allowed)
        for (case, path), mine in zip(corpus, ours):
            tally.add(case, path.read_text(errors="replace"), theirs[case], mine)
        accepted = [path for (_, path), mine in zip(corpus, ours)
                    if "tasks" in mine and not tally.allowed_for(path.read_text(errors="replace"), "schema")]
        refused = refused_by_schema(python, program, accepted, home)
    if not options.quiet:
        for difference in tally.differences:
            show_difference(difference)
    print(f"seed {options.seed}: {tally.total} files compared, {tally.unknown} need a catalog; "
          f"accept or refuse {share(tally.verdict, tally.total)}, normal form {share(tally.form, tally.both_accept)}, "
          f"message {share(tally.message, tally.both_refuse)}")
    for line in refused:
        print(f"refused by the schema: {line}")
    print(f"the schema accepts {len(accepted) - len(refused)} of {len(accepted)} accepted files")
    results = [tally.good(), not refused]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
