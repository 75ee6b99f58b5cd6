#!/usr/bin/env python3
"""Makes the catalogs that ship with the program: generate.py [DIRECTORY, data/catalogs/v8 unless named]

The tables are gcp.py and aws.py, with their sources and dates; the files have the original's v8 layout, so that one
reader reads both. Run it after a change of a table and commit the result; `generate.py --check` fails when that was
forgotten.
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import aws
import common
import gcp

ROOT = pathlib.Path(__file__).resolve().parents[2] / "data" / "catalogs" / "v8"


def generate(root: pathlib.Path) -> None:
    offered = {name: set(infras) for name, infras in common.OFFERED_ELSEWHERE.items()}
    for infra, title in ((aws, "AWS"), (gcp, "GCP")):
        name = infra.__name__
        common.write_csv(root / name / "vms.csv", infra.HEADER, infra.rows())
        (root / name / "prices_date.txt").write_text(infra.PRICES_DATE + "\n")
        for device in infra.accelerators():
            offered.setdefault(device, set()).add(title)
    names = sorted(name for name, infras in offered.items() if infras)
    common.write_csv(root / "common" / "accelerators.csv", ["AcceleratorName", "Clouds"],
                     [[name, str(sorted(offered[name]))] for name in names])
    common.write_csv(root / "common" / "metadata.csv", ["GPU", "MemoryGB", "Manufacturer"],
                     [[name, common.number(memory), maker] for name, (memory, maker) in sorted(common.DEVICES.items())])


def differing(a: pathlib.Path, b: pathlib.Path) -> list:
    names = {p.relative_to(d) for d in (a, b) for p in d.rglob("*.csv")}
    return sorted(str(n) for n in names
                  if not ((a / n).exists() and (b / n).exists() and (a / n).read_bytes() == (b / n).read_bytes()))


def main() -> int:
    if sys.argv[1:] == ["--check"]:
        with tempfile.TemporaryDirectory() as scratch:
            generate(pathlib.Path(scratch))
            wrong = differing(pathlib.Path(scratch), ROOT)
        for name in wrong:
            print(f"data/catalogs/v8/{name} is not what tools/catalog makes; run tools/catalog/generate.py")
        return 1 if wrong else 0
    generate(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
