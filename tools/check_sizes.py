#!/usr/bin/env python3
"""Checks the sizes of files and functions under src/: check_sizes.py [ROOT]

A .cc has at most 500 lines, a .h at most 200, a function at most 60 (from the line of its opening brace to that of its
closing one). Exempt: files with the line `// Generated table: <from what>` among their first ten, and what
tools/sizes_allow.txt names, one per line with a reason:

    net/http_parser.cc: why the file is longer
    net/http_parser.cc parse_chunk: why this function is longer

Prints one line per violation, exit 1 if there is one. An entry that is no longer needed is a violation too.
"""
import pathlib
import re
import sys

LINE_LIMITS = {".cc": 500, ".h": 200}
FUNCTION_LIMIT = 60
GENERATED = "// Generated table: "

SCOPE = re.compile(r"^(inline\s+|export\s+)*(namespace|extern)\b")
CLASS = re.compile(r"(^|[\s>])(class|struct|union|enum)\s+[\w:\[\]]")
FUNCTION_NAME = re.compile(r"([~\w:]+|operator\s*\S{1,3})\s*\(")
# Everything that must not be mistaken for code: comments, raw strings, strings, characters.
OPAQUE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>\w*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S
)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)


def strip(text: str) -> str:
    """`text` without comments, literals and preprocessor lines; line numbers stay."""

    def blank(match: re.Match) -> str:
        return '""' + "\n" * match.group().count("\n") if match.group()[0] in "R\"'" else "\n" * match.group().count("\n")

    return PREPROCESSOR.sub(lambda match: "\n" * match.group().count("\n"), OPAQUE.sub(blank, text))


def kind_of(head: str) -> str:
    """What the brace after `head` opens outside of functions: scope, init or function."""
    head = head.strip()
    if SCOPE.match(head) or not head:
        return "scope"
    without_templates = re.sub(r"^template\s*<.*?>\s*(requires\s*\(.*?\)\s*)?", "", head, flags=re.S)
    if CLASS.search(without_templates) and "(" not in CLASS.split(without_templates)[0]:
        return "scope"
    if "(" not in head or head.endswith("=") or re.search(r"=\s*[\w:<>]*$", head):
        return "init"
    # `: member_` among a constructor's initialisers: not its body, which follows a brace or a parenthesis.
    if re.search(r"\)\s*(noexcept\s*)?:[^:].*[\w>]$", head, re.S):
        return "init"
    return "function"


def functions_of(text: str) -> list[tuple[str, int, int]]:
    """(name, first line, number of lines) of each function body; lambdas and local classes belong to theirs."""
    code = strip(text)
    found, head, line, depth, body = [], "", 1, 0, None
    skipping = 0  # depth of the braces of an initialiser, whose text is no head
    for char in code:
        line += char == "\n"
        if body is not None:
            depth += (char == "{") - (char == "}")
            if depth == 0:
                found.append((body[0], body[1], line - body[1] + 1))
                body, head = None, ""
        elif skipping:
            skipping += (char == "{") - (char == "}")
            head += "" if skipping else "{}"
        elif char == "{":
            kind = kind_of(head)
            if kind == "function":
                names = FUNCTION_NAME.search(head)
                body, depth = (names.group(1) if names else "?", line), 1
            elif kind == "init":
                skipping = 1
            else:
                head = ""
        elif char in "};":
            head = ""
        else:
            head += char
    return found


def measure(name: str, text: str) -> list[tuple[str, int, str]]:
    """(key for the allow list, line, violation) of one file."""
    if any(line.startswith(GENERATED) for line in text.splitlines()[:10]):
        return []
    found = []
    lines = text.count("\n")
    limit = LINE_LIMITS[pathlib.PurePath(name).suffix]
    if lines > limit:
        found.append((name, 1, f"{lines} lines, at most {limit} are allowed"))
    for function, line, count in functions_of(text):
        if count > FUNCTION_LIMIT:
            found.append((f"{name} {function}", line, f"{function} has {count} lines, at most {FUNCTION_LIMIT} are allowed"))
    return found


def parse_allowed(text: str) -> tuple[set[str], list[str]]:
    """The keys of the allow list, and complaints about lines without a reason."""
    keys, complaints = set(), []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        key, _, reason = line.partition(": ")
        if line and not reason.strip():
            complaints.append(f"tools/sizes_allow.txt:{number}: no reason given")
        elif line:
            keys.add(key)
    return keys, complaints


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    source = root / "src"
    allowed, violations = parse_allowed((root / "tools" / "sizes_allow.txt").read_text())
    unused = set(allowed)
    for path in sorted(source.rglob("*")):
        if path.suffix not in LINE_LIMITS:
            continue
        name = path.relative_to(source).as_posix()
        for key, line, text in measure(name, path.read_text()):
            unused.discard(key)
            if key not in allowed:
                violations.append(f"src/{name}:{line}: {text}")
    violations += [f"tools/sizes_allow.txt: '{key}' is within the limits now; take it off the list" for key in sorted(unused)]
    print("\n".join(violations), end="\n" if violations else "")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
