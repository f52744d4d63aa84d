"""Whatever a file holds, reading it ends in a bot or in findings that point into the file."""

import re
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from flows.checks import check
from flows.finding import Finding, FlowInvalid
from flows.source import FlowSource, read_flow
from flows.source.read import decode
from tests.examples import examples
from tests.flows.files import WELLBEING
from tests.flows.mutate import mutate

EXAMPLE = WELLBEING.read_text()
LINES = EXAMPLE.split("\n")
DATA: dict[str, Any] = yaml.safe_load(EXAMPLE)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
keys = st.sampled_from(
    ["assent", "bot", "name", "messages", "parts", "text", "buttons", "if", "then", "else", "label", "opt_in", "reply"]
) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=25
)
yaml_like = st.text(alphabet=st.sampled_from("ab:-?[]{}&*!|>'\"%@`#,\n\t \r\\<~=é😀\u2028\x00"), max_size=80)


def outcome(text: str) -> FlowSource | tuple[Finding, ...]:
    """Read a text; whatever comes out points into it."""
    try:
        source = read_flow(text, "flow.yaml")
    except FlowInvalid as invalid:
        points_into(text, invalid.findings)
        return invalid.findings
    points_into(text, check(source))
    return source


def points_into(text: str, findings: tuple[Finding, ...]) -> None:
    lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))
    for found in findings:
        assert 1 <= found.line <= len(lines)
        assert 1 <= found.column <= len(lines[found.line - 1]) + 1
        assert found.problem
        assert found.remedy


@given(st.text() | yaml_like)
@example("a: &x [*x]")
@example("? ? ? a")
@example("{")
@example("\ufeff")
def test_any_text_is_read_or_refused(text: str):
    outcome(text)


@given(values)
def test_any_yaml_is_read_or_refused(value: Any):
    outcome(yaml.safe_dump(value, allow_unicode=True))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes):
    try:
        text = decode(content, "flow.yaml")
    except FlowInvalid:
        return
    outcome(text)


@examples(60)
@given(st.integers(0, len(LINES) - 1), st.integers(0, len(LINES) - 1), st.text(max_size=6) | yaml_like)
def test_a_flow_with_a_line_gone_moved_or_spoilt_is_read_or_refused(at: int, to: int, noise: str):
    lines = LINES.copy()
    line = lines.pop(at)
    outcome("\n".join(lines))
    lines.insert(to, line)
    outcome("\n".join(lines))
    cut = len(line) * to // len(LINES)
    lines[to] = line[:cut] + noise + line[cut:]
    outcome("\n".join(lines))


@examples(60)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9), values)
def test_a_flow_with_a_value_replaced_is_read_or_refused(steps: list[int], value: Any):
    outcome(yaml.safe_dump(mutate(DATA, steps, value), allow_unicode=True, sort_keys=False))


@examples(60)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, len(EXAMPLE)))
def test_a_flow_cut_short_is_read_or_refused(start: int, length: int):
    outcome(EXAMPLE[start : start + length])


_TOKENS = (
    "{{ }} {% %} {# #} contact segment .name .tips ['a'] | default ('x') if else endif for ( ) ~ bot 3 not .__class__"
)
template_like = st.lists(st.sampled_from([*_TOKENS.split(" "), " "]), max_size=30).map("".join)


@given(template_like)
@example("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}")
@example("{{ contact" + ".a" * 3000 + " }}")
def test_any_placeholder_is_accepted_or_found_bad(text: str):
    flow = {"assent": "1", "bot": "b", "name": "B", "messages": {"a": {"parts": [{"text": f"x{text}"}]}}}
    assert isinstance(outcome(yaml.safe_dump(flow, width=100_000, allow_unicode=True)), FlowSource)
