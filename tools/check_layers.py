#!/usr/bin/env python3
"""Checks that the folders under src/ include only what tools/layers.txt allows, and link only that: check_layers.py [ROOT]

The rules are in layers.txt. Prints one line per violation (file:line: what, and what is allowed); exit 1 if there is one.
"""
import dataclasses
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
TEST_FILE = re.compile(r"_(test|bench|fuzz)\.(cc|h)$|/testdata/")
# One sky_module() or sky_program() call up to its closing parenthesis; comments are gone by then.
MODULE = re.compile(r"sky_(module|program)\s*\(([^)]*)\)")
KEYWORDS = {"SOURCES", "DEPS", "LIBS", "TESTS", "TEST_DEPS", "STATIC"}


class BadRules(Exception):
    """layers.txt itself is wrong."""


@dataclasses.dataclass
class Rules:
    allowed: dict[str, set[str]] = dataclasses.field(default_factory=dict)  # row name (may be `x/*`) -> row names
    only: dict[str, list[str]] = dataclasses.field(default_factory=dict)  # header or folder of headers -> files, folders
    never: set[str] = dataclasses.field(default_factory=set)

    def row_of(self, folder: str) -> str | None:
        """The row of `folder` or of its nearest parent with one."""
        while folder:
            if folder in self.allowed:
                return folder
            parent = folder.rpartition("/")[0]
            if parent and f"{parent}/*" in self.allowed:
                return f"{parent}/*"
            folder = parent
        return None

    def may_use(self, user: str, used: str) -> bool:
        """Whether files of folder `user` may include files of folder `used`; both have rows."""
        user_row, used_row = self.row_of(user), self.row_of(used)
        if user_row == used_row:
            return "*" not in user_row or module_of(user, user_row) == module_of(used, used_row)
        return used_row in self.allowed[user_row]


def module_of(folder: str, row: str) -> str:
    """The folder with a CMake target that `folder` belongs to: infra/local/x is part of infra/local."""
    return "/".join(folder.split("/")[: row.count("/") + 1])


def parse_rules(text: str) -> Rules:
    rules = Rules()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        head, _, tail = line.partition(":")
        words = head.split()
        if words[0] == "never":
            rules.never.update(words[1:])
        elif words[0] == "only":
            rules.only[words[1]] = tail.split()
        else:
            add_row(rules, words, tail.split(), f"layers.txt:{number}")
    return rules


def add_row(rules: Rules, folders: list[str], dependencies: list[str], where: str) -> None:
    allowed: set[str] = set()
    for word in dependencies:
        name = word.removeprefix("-")
        if word == "*":
            allowed |= set(rules.allowed)
        elif name not in rules.allowed:
            raise BadRules(f"{where}: '{name}' has no row above this one")
        elif word.startswith("-"):
            allowed.discard(name)
        else:
            allowed.add(name)
    for folder in folders:
        if folder in rules.allowed:
            raise BadRules(f"{where}: '{folder}' has a row already")
        rules.allowed[folder] = set(allowed)


@dataclasses.dataclass
class Module:
    is_program: bool = False
    deps: set[str] = dataclasses.field(default_factory=set)
    test_deps: set[str] = dataclasses.field(default_factory=set)


def parse_modules(cmake: str) -> dict[str, Module]:
    """The sky_module() and sky_program() calls of one CMakeLists.txt, by name."""
    modules = {}
    for match in MODULE.finditer(re.sub(r"#.*", "", cmake)):
        module, keyword, words = Module(is_program=match.group(1) == "program"), "", match.group(2).split()
        for word in words[1:]:
            if word in KEYWORDS:
                keyword = word
            elif keyword == "DEPS":
                module.deps.add(word)
            elif keyword == "TEST_DEPS":
                module.test_deps.add(word)
        modules[words[0]] = module
    return modules


def includes_of(text: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := INCLUDE.match(line):
            found.append((number, match.group(2)))
    return found


class Checker:
    def __init__(self, rules: Rules, source: pathlib.Path):
        self.rules = rules
        self.source = source
        self.violations: list[str] = []
        self.modules: dict[str, Module] = {}  # by folder; the programs of src/main share one
        self.unbuilt: set[str] = set()

    def run(self) -> list[str]:
        for cmake in sorted(self.source.glob("*/**/CMakeLists.txt")):
            self.check_cmake(cmake)
        for path in sorted(self.source.rglob("*")):
            if path.suffix in (".h", ".cc") and path.parent != self.source:
                self.check_file(path)
        return self.violations

    def check_cmake(self, path: pathlib.Path) -> None:
        folder = path.parent.relative_to(self.source).as_posix()
        whole = self.modules.setdefault(folder, Module())
        for module in parse_modules(path.read_text()).values():
            whole.is_program |= module.is_program
            whole.deps |= module.deps
            whole.test_deps |= module.test_deps
        if self.rules.row_of(folder) is None:
            return  # reported for each of its files
        for dep in sorted(whole.deps):
            if self.rules.row_of(dep) is None or not self.rules.may_use(folder, dep):
                self.report(path, 1, f"DEPS names '{dep}', which tools/layers.txt does not allow to '{folder}'")

    def check_file(self, path: pathlib.Path) -> None:
        name = path.relative_to(self.source).as_posix()
        folder = name.rpartition("/")[0]
        if self.rules.row_of(folder) is None:
            self.report(path, 1, f"folder '{folder}' has no row in tools/layers.txt")
            return
        module = module_of(folder, self.rules.row_of(folder))
        if module not in self.modules and module not in self.unbuilt:
            self.unbuilt.add(module)
            self.report(path.parent, 1, f"'{module}' has no CMakeLists.txt with a sky_module() call")
        for line, header in includes_of(path.read_text()):
            self.check_library(path, name, line, header)
            used = header.rpartition("/")[0]
            if (self.source / header).is_file() and used:
                self.check_include(path, folder, line, used)

    def check_library(self, path: pathlib.Path, name: str, line: int, header: str) -> None:
        if header in self.rules.never:
            self.report(path, line, f"<{header}> is not used in this project")
        for guarded, places in self.rules.only.items():
            inside = header.startswith((guarded + "/", guarded + ".h")) or header == guarded
            if inside and not any(name == place or name.startswith(place + "/") for place in places):
                self.report(path, line, f"<{header}> is for {' '.join(places)} alone")

    def check_include(self, path: pathlib.Path, folder: str, line: int, used: str) -> None:
        module, row = self.module_and_row(folder)
        used_module, used_row = self.module_and_row(used)
        if used_row is None:
            self.report(path, line, f"includes '{used}', which has no row in tools/layers.txt")
        elif module != used_module:
            linked = self.modules.get(module, Module())
            is_test = TEST_FILE.search(path.as_posix())
            if is_test and (used_module == "testing" or used_module in linked.test_deps):
                return
            if not self.rules.may_use(folder, used):
                allowed = " ".join(sorted(self.rules.allowed[row])) or "nothing"
                self.report(path, line, f"'{module}' may not include '{used_module}' (allowed: {allowed})")
            elif module in self.modules and used_module not in self.linked_deps(module):
                self.report(path, line, f"includes '{used_module}', which the DEPS of {module}/CMakeLists.txt lack")

    def linked_deps(self, name: str) -> set[str]:
        """What a module links: its own DEPS. A program, which is wiring, may lean on the DEPS of those too."""
        deps = set(self.modules[name].deps)
        open_ = list(deps) if self.modules[name].is_program else []
        while open_:
            more = self.modules.get(open_.pop(), Module()).deps - deps
            deps |= more
            open_ += more
        return deps

    def module_and_row(self, folder: str) -> tuple[str, str | None]:
        row = self.rules.row_of(folder)
        return (folder if row is None else module_of(folder, row)), row

    def report(self, path: pathlib.Path, line: int, text: str) -> None:
        self.violations.append(f"{path.relative_to(self.source.parent).as_posix()}:{line}: {text}")


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    try:
        rules = parse_rules((root / "tools" / "layers.txt").read_text())
    except BadRules as error:
        print(f"tools/{error}")
        return 1
    violations = Checker(rules, root / "src").run()
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
