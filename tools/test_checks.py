#!/usr/bin/env python3
"""Tests of the checks in this folder. Prints `N passed, N failed` last."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_headers
import check_layers
import check_sizes
import check_todo
import count_tests

RULES = """
base:
net os: base
infra: base
infra/*: base infra net
server: * -net
only boost/asio: net/loop.cc
never regex
"""


class Tree(unittest.TestCase):
    """A source tree in a temporary folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class LayerRules(unittest.TestCase):
    def test_row_naming_a_later_row_is_refused(self):
        with self.assertRaisesRegex(check_layers.BadRules, "layers.txt:1: 'net' has no row above"):
            check_layers.parse_rules("base: net\nnet:")

    def test_row_given_twice_is_refused(self):
        with self.assertRaisesRegex(check_layers.BadRules, "'base' has a row already"):
            check_layers.parse_rules("base:\nbase:")

    def test_star_is_every_row_above_less_what_is_taken_away(self):
        rules = check_layers.parse_rules(RULES)
        self.assertEqual(rules.allowed["server"], {"base", "os", "infra", "infra/*"})

    def test_siblings_under_a_wildcard_are_strangers(self):
        rules = check_layers.parse_rules(RULES)
        self.assertTrue(rules.may_use("infra/local", "infra"))
        self.assertTrue(rules.may_use("infra/local/gpu", "infra/local"))
        self.assertFalse(rules.may_use("infra/local", "infra/ssh"))
        self.assertFalse(rules.may_use("infra", "infra/local"))


class Layers(Tree):
    def setUp(self):
        super().setUp()
        self.write("src/base/CMakeLists.txt", "sky_module(base SOURCES a.cc)")
        self.write("src/base/a.h", "")
        self.write("src/net/CMakeLists.txt", "sky_module(net SOURCES loop.cc DEPS base)")
        self.write("src/net/b.h", '#include "base/a.h"')

    def violations(self) -> list[str]:
        return check_layers.Checker(check_layers.parse_rules(RULES), self.root / "src").run()

    def test_allowed_includes_pass(self):
        self.write("src/net/loop.cc", "#include <boost/asio/post.hpp>\n#include <vector>")
        self.assertEqual(self.violations(), [])

    def test_include_upwards_is_named_with_its_line(self):
        self.write("src/base/a.cc", '\n#include "net/b.h"\n')
        self.assertEqual(self.violations(), ["src/base/a.cc:2: 'base' may not include 'net' (allowed: nothing)"])

    def test_dependency_missing_in_cmake_is_named(self):
        self.write("src/net/CMakeLists.txt", "sky_module(net SOURCES loop.cc)")
        self.assertEqual(
            self.violations(), ["src/net/b.h:1: includes 'base', which the DEPS of net/CMakeLists.txt lack"]
        )

    def test_program_may_lean_on_the_deps_of_its_deps(self):
        self.write("src/infra/CMakeLists.txt", "sky_module(infra SOURCES i.cc DEPS base)")
        self.write("src/server/CMakeLists.txt", "sky_module(server SOURCES s.cc DEPS infra)")
        self.write("src/server/s.cc", '#include "base/a.h"')
        self.assertEqual(len(self.violations()), 1)
        self.write("src/server/CMakeLists.txt", "sky_program(sky SOURCES s.cc DEPS infra)")
        self.assertEqual(self.violations(), [])

    def test_dependency_in_cmake_that_no_rule_allows_is_named(self):
        self.write("src/base/CMakeLists.txt", "sky_module(base # DEPS os\n  SOURCES a.cc DEPS net)")
        self.assertEqual(
            self.violations(),
            ["src/base/CMakeLists.txt:1: DEPS names 'net', which tools/layers.txt does not allow to 'base'"],
        )

    def test_test_file_may_use_test_deps(self):
        self.write("src/base/CMakeLists.txt", "sky_module(base SOURCES a.cc TESTS a_test.cc TEST_DEPS net)")
        self.write("src/base/a_test.cc", '#include "net/b.h"')
        self.assertEqual(self.violations(), [])

    def test_guarded_and_forbidden_headers_are_named(self):
        self.write("src/net/other.cc", "#include <boost/asio.hpp>\n#include <boost/asio/post.hpp>\n#include <regex>")
        self.assertEqual(
            self.violations(),
            [
                "src/net/other.cc:1: <boost/asio.hpp> is for net/loop.cc alone",
                "src/net/other.cc:2: <boost/asio/post.hpp> is for net/loop.cc alone",
                "src/net/other.cc:3: <regex> is not used in this project",
            ],
        )

    def test_folder_without_row_or_target_is_named(self):
        self.write("src/new/c.cc", "")
        self.write("src/os/d.h", "")
        self.assertEqual(
            self.violations(),
            [
                "src/new/c.cc:1: folder 'new' has no row in tools/layers.txt",
                "src/os:1: 'os' has no CMakeLists.txt with a sky_module() call",
            ],
        )


class Sizes(unittest.TestCase):
    def names_and_lengths(self, text: str) -> list[tuple[str, int]]:
        return [(name, length) for name, _, length in check_sizes.functions_of(text)]

    def test_functions_are_found_in_namespaces_and_classes(self):
        text = """
namespace sky {
template <class T>
class Box : public Base {
 public:
  auto get() const -> T { return value_; }
 private:
  T value_ = {};
};
static const std::map<int, int> kTable = {
    {1, f(2)},
};
auto outer(int a) -> int {
  auto inner = [&] { return a; };
  return inner();
}
}  // namespace sky
"""
        self.assertEqual(self.names_and_lengths(text), [("get", 1), ("outer", 4)])

    def test_constructor_with_braced_initialisers_is_one_function(self):
        text = "Box::Box(int a) : a_{a}, b_{1, 2} {\n  run();\n}\nvoid f() {}\n"
        self.assertEqual(self.names_and_lengths(text), [("Box::Box", 3), ("f", 1)])

    def test_braces_in_comments_and_literals_do_not_count(self):
        text = "void f() {\n  // {\n  g(\"{\", '{', R\"(\n{{)\"); /* { */\n}\nvoid h() {\n}\n"
        self.assertEqual(self.names_and_lengths(text), [("f", 5), ("h", 2)])

    def test_limits_are_inclusive(self):
        fits = "void f() {\n" + "  g();\n" * 58 + "}\n"
        self.assertEqual(check_sizes.measure("a/a.cc", fits), [])
        [(key, line, text)] = check_sizes.measure("a/a.cc", fits.replace("}", "  g();\n}"))
        self.assertEqual((key, line, text), ("a/a.cc f", 1, "f has 61 lines, at most 60 are allowed"))
        self.assertEqual(check_sizes.measure("a/a.h", "\n" * 200), [])
        self.assertEqual(check_sizes.measure("a/a.h", "\n" * 201)[0][0], "a/a.h")

    def test_generated_table_is_exempt(self):
        self.assertEqual(check_sizes.measure("a/a.h", "// Generated table: from x\n" + "\n" * 300), [])

    def test_allow_list_entry_needs_a_reason(self):
        keys, complaints = check_sizes.parse_allowed("a/a.h: one table\na/b.h:\n")
        self.assertEqual(keys, {"a/a.h"})
        self.assertEqual(complaints, ["tools/sizes_allow.txt:2: no reason given"])


class Todo(unittest.TestCase):
    def test_note_without_number_is_named(self):
        self.assertEqual(len(check_todo.violations_in("a.cc", "// TODO: later\n// FIXME(me): x\n// TODO(#): y")), 3)

    def test_note_with_number_passes(self):
        self.assertEqual(check_todo.violations_in("a.cc", "// TODO(#12): later\n// TODOS are words"), [])


class Headers(Tree):
    def test_flags_lose_files_sanitizers_and_the_precompiled_header(self):
        command = "/usr/bin/clang++-19 -DX -I/r/src -Wall -fsanitize=address -std=c++2b -Xclang -include-pch -Xclang /p "
        command += "-Xclang -include -Xclang /q -o a.o -c /r/src/a.cc"
        self.assertEqual(check_headers.flags_of(command), ["-DX", "-I/r/src", "-std=c++2b"])

    def test_fingerprint_follows_transitive_includes(self):
        self.write("a.h", '#include "b.h"\n#include <vector>')
        self.write("b.h", "")
        before = check_headers.fingerprint("a.h", self.root, [])
        self.write("b.h", "// changed")
        self.assertNotEqual(check_headers.fingerprint("a.h", self.root, []), before)

    def test_header_that_needs_another_does_not_compile(self):
        self.write("a.h", "#pragma once\nstd::string text;")
        self.assertIn("undeclared identifier 'std'", check_headers.compile_alone("a.h", self.root, []))
        self.write("a.h", "#pragma once\nint number();")
        self.assertEqual(check_headers.compile_alone("a.h", self.root, []), "")


class CountTests(Tree):
    def count(self, junit: str, **reports: list[dict]) -> tuple[int, int, int]:
        self.write("ctest.xml", f"<testsuite>{junit}</testsuite>")
        for name, cases in reports.items():
            self.write(f"{name}_test.json", json.dumps({"testsuites": [{"testsuite": cases}]}))
        return count_tests.count(self.root / "ctest.xml", self.root)

    def test_cases_are_counted_inside_programs(self):
        good, bad = {"status": "RUN", "result": "COMPLETED"}, {"status": "RUN", "failures": [{}]}
        skipped = {"status": "RUN", "result": "SKIPPED"}
        junit = '<testcase name="a" status="fail"><failure/></testcase><testcase name="b" status="run"/>'
        self.assertEqual(self.count(junit, a=[good, bad], b=[good, skipped]), (2, 1, 1))

    def test_program_that_failed_outside_its_cases_is_one_failure(self):
        junit = '<testcase name="a" status="fail"><failure/></testcase>'
        self.assertEqual(self.count(junit, a=[{"status": "RUN", "result": "COMPLETED"}]), (1, 1, 0))

    def test_skipped_program_is_neither(self):
        junit = '<testcase name="a" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
        self.assertEqual(self.count(junit), (0, 0, 1))

    def test_program_that_was_never_built_is_a_failure(self):
        junit = '<testcase name="a" status="notrun"><skipped message="Unable to find executable"/></testcase>'
        self.assertEqual(self.count(junit), (0, 1, 0))

    def test_program_without_report_counts_as_one(self):
        junit = '<testcase name="a" status="run"/><testcase name="b" status="fail"><failure/></testcase>'
        self.assertEqual(self.count(junit), (1, 1, 0))


def main() -> int:
    program = unittest.main(exit=False, argv=[sys.argv[0], *sys.argv[1:]])
    bad = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
