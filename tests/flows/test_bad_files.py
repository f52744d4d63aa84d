"""Every rule has a bad file that breaks it and nothing else; the file marks where.

A mark is `# <- code column` at the end of the line, or, where no comment can stand, `expect: code line:column`.
"""

import re
from pathlib import Path

import pytest

from flows.checks import RULES, check
from flows.finding import Finding, FlowInvalid, Severity
from flows.source import read_flow_file
from flows.source.read import READING

BAD = sorted(Path(__file__).parent.glob("bad/*"))
_MARK = re.compile(r"# <- (?P<code>[a-z-]+) (?P<column>\d+)$")
_EXPECT = re.compile(r"expect: (?P<code>[a-z-]+) (?P<line>\d+):(?P<column>\d+)")


def findings_of(path: Path) -> tuple[Finding, ...]:
    try:
        return check(read_flow_file(path))
    except FlowInvalid as invalid:
        return invalid.findings


def marks_of(path: Path) -> list[tuple[str, int, int]]:
    text = path.read_bytes().decode(errors="replace")
    marks = [(found["code"], int(found["line"]), int(found["column"])) for found in _EXPECT.finditer(text)]
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _MARK.search(line):
            marks.append((found["code"], number, int(found["column"])))
    return marks


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_found_bad_where_it_is_marked_and_nowhere_else(path: Path):
    marks = marks_of(path)
    assert {code for code, _, _ in marks} == {path.stem}
    assert [(found.code, found.line, found.column) for found in findings_of(path)] == marks


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_finding_says_what_is_wrong_and_what_to_do_in_plain_words(path: Path):
    for found in findings_of(path):
        assert found.file == str(path)
        for words in (found.problem, found.remedy):
            assert words.strip() == words
            assert len(words) > 6
            assert not re.search(
                r"pydantic|constrained|tagged-union|tuple|dict\b|NoneType|str\b type|Input should", words
            )


def test_every_rule_has_a_bad_file_and_every_bad_file_a_rule():
    codes = {rule.code for rule in RULES} | READING.keys()
    assert {path.stem for path in BAD} == codes


def test_no_two_rules_share_a_code():
    codes = [rule.code for rule in RULES] + list(READING)
    assert len(codes) == len(set(codes))


def test_errors_and_warnings_are_both_there():
    assert {rule.severity for rule in RULES} == set(Severity)
