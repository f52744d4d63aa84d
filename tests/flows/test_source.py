"""Reading flow files: what counts as text, where things stand, what a file may not do."""

import json
from pathlib import Path

import pytest

from flows.finding import FlowInvalid
from flows.model.parts import QuestionPart, TextPart
from flows.model.state_parts import SetPart
from flows.source import FlowSource, read_flow, read_flow_file
from flows.source.nodes import MAX_DEPTH
from tests.flows.files import EXAMPLES, HEAD, bot_of

SMALL = """\
assent: "1"
bot: small
name: Small
messages:
  hello:
    parts:
      - text: Hé 😀 you
        buttons:
          - label: First
            message: hello
          - {label: Second, url: "https://example.org"}
      - if: {tag: vip}
        then: [{text: Welcome}]
        else: hello
"""


def faults(text: str, file: str = "flow.yaml") -> list[tuple[str, int, int]]:
    with pytest.raises(FlowInvalid) as raised:
        read_flow(text, file)
    return [(found.code, found.line, found.column) for found in raised.value.findings]


def part_of(text: str) -> object:
    return bot_of(f"messages:\n  hello:\n    parts:\n      - {text}\n").messages["hello"].parts[0]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("bot",), (2, 6)),
        (("messages", "hello", "parts", 0, "text"), (7, 15)),
        (("messages", "hello", "parts", 0, "buttons", 0), (9, 13)),
        (("messages", "hello", "parts", 0, "buttons", 1, "label"), (11, 21)),
        (("messages", "hello", "parts", 1, "if", "tag"), (12, 19)),
        (("messages", "hello", "parts", 1, "then", 0, "text"), (13, 23)),
        (("messages", "hello", "parts", 1, "else"), (14, 15)),
    ],
)
def test_a_path_leads_to_line_and_column(path: tuple[str | int, ...], place: tuple[int, int]):
    assert read_flow(SMALL, "small.yaml").place(path) == place


def test_a_key_has_a_place_of_its_own():
    source = read_flow(SMALL, "small.yaml")
    assert source.key_place(("messages", "hello", "parts", 0, "buttons")) == (8, 9)
    assert source.key_place(("messages", "hello")) == (5, 3)


def test_a_path_that_the_file_lacks_leads_as_far_as_the_file_goes():
    source = read_flow(SMALL, "small.yaml")
    assert source.place(("messages", "hello", "quick_replies", 3)) == source.place(("messages", "hello"))


@pytest.mark.parametrize("written", ["no", "1.10", "0o17", "2026-11-23", "1_000", "on", "12:30:45", "null and void"])
def test_plain_words_stay_what_the_builder_wrote(written: str):
    part = part_of(f"{{set: answer, to: {written}}}")
    assert isinstance(part, SetPart)
    assert part.to == written


def test_numbers_and_booleans_are_read_where_the_flow_asks_for_them():
    part = part_of("{question: How?, field: how, tries: 2}")
    assert isinstance(part, QuestionPart)
    assert part.tries == 2


def test_block_texts_and_quotes_work():
    part = part_of("text: |\n          One line,\n          and another.\n")
    assert isinstance(part, TextPart)
    assert part.text == "One line,\nand another.\n"


def test_an_alias_repeats_what_it_names():
    bot = bot_of(
        "messages:\n"
        "  hello:\n    parts:\n      - text: Hello\n        buttons: &menu\n          - {label: Menu, message: hello}\n"
        "  bye:\n    parts:\n      - text: Bye\n        buttons: *menu\n"
    )
    hello, bye = (bot.messages[name].parts[0] for name in ("hello", "bye"))
    assert isinstance(hello, TextPart)
    assert isinstance(bye, TextPart)
    assert hello.buttons == bye.buttons
    assert hello.buttons[0] is not bye.buttons[0]


def test_the_digest_is_of_the_text():
    source = read_flow(SMALL, "small.yaml")
    assert len(source.digest) == 64
    assert source.digest == read_flow(SMALL, "other.yaml").digest
    assert source.digest != read_flow(SMALL + "# more\n", "small.yaml").digest


def as_json(source: FlowSource) -> str:
    return json.dumps(source.bot.model_dump(mode="json", by_alias=True, exclude_unset=True), indent=1)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_says_the_same_as_yaml(path: Path):
    source = read_flow_file(path)
    assert read_flow(as_json(source), "flow.json").bot == source.bot


def test_json_has_places_tabs_and_emoji_in_escapes():
    head = '{\t"assent": 1,\n\t"bot": "b", "name": "\\ud83d\\ude00",\n'
    text = head + '\t"messages": {"hello": {"parts": [\n\t{"text": 5}]}}}'
    source = read_flow(text, "flow.json")
    assert source.bot.name == "😀"
    assert source.place(("messages", "hello", "parts", 0, "text")) == (4, 11)
    assert source.key_place(("messages",)) == (3, 2)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"assent": "1",}', (1, 16)),
        ('{"assent": "1"} more', (1, 17)),
        ('{"assent": "1"\n "bot": "b"}', (2, 2)),
        ('{"assent"\n: "1', (2, 3)),
        ('{"assent": [1 2]}', (1, 15)),
        ('{"assent": tru}', (1, 12)),
        ("{assent: 1}", (1, 2)),
        ('{"assent": "a\\x"}', (1, 14)),
    ],
)
def test_broken_json_is_told_with_its_place(text: str, place: tuple[int, int]):
    assert faults(text, "flow.json") == [("json-syntax", *place)]


def test_a_lone_surrogate_in_an_escape_is_refused():
    assert ("bad-character", 1, 37) in faults('{"assent": "1", "bot": "b", "name": "\\ud800"}', "flow.json")
    assert faults("name: \ud800") == [("bad-character", 1, 7)]


@pytest.mark.parametrize("text", ["a: x\x00", "a: \x1b[0m", "a: x\x85y", "a: \u2028b", "a: \ufeffb"])
def test_characters_that_nobody_types_are_refused(text: str):
    assert faults(text)[0][0] == "bad-character"


@pytest.mark.parametrize("text", ['name: "a\\0b"\n', 'name: "a\\x07b"\n'])
def test_an_escape_does_not_bring_them_in(text: str):
    assert ("bad-character", 1, 7) in faults(text)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_is_no_bot(text: str):
    assert [code for code, _, _ in faults(text)] in (["empty-file"], ["empty-file", "missing-key"])


@pytest.mark.parametrize("text", ["hello", "- a\n- b\n", "3\n"])
def test_a_file_is_a_mapping(text: str):
    assert faults(text) == [("empty-file", 1, 1)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: c\n", (2, 1)),
        ("a: 'b\n", (1, 4)),
        ("a: [b\n", (2, 1)),
        ("a: @b\n", (1, 4)),
        ("a: b: c\n", (1, 5)),
        ("a:\n  - b\n c: d\n", (3, 2)),
        ('a: "\\q"\n', (1, 5)),
        ("a: *nobody\n", (1, 4)),
    ],
)
def test_broken_yaml_is_told_with_its_place_in_plain_words(text: str, place: tuple[int, int]):
    with pytest.raises(FlowInvalid) as raised:
        read_flow(text, "flow.yaml")
    (found,) = raised.value.findings
    assert (found.code, found.line, found.column) == ("yaml-syntax", *place)
    for jargon in ("token", "scalar", "node content", "block", "indicator"):
        assert jargon not in found.problem


@pytest.mark.parametrize("text", ["a: !!python/object:os.system x\n", "? [a]\n: b\n", "<<: {a: b}\n"])
def test_yaml_that_flows_do_without_is_refused(text: str):
    assert "yaml-feature" in {code for code, _, _ in faults(text)}


def test_all_faults_come_at_once_in_the_order_of_the_file():
    text = HEAD + (
        "bot: again\n"
        "messages:\n"
        "  hello:\n    parts:\n"
        "      - txt: Hello\n"
        "      - {wait: soon}\n"
        "      - text: Hello\n        buttons: [{label: A}]\n"
        "  bad id:\n    parts: []\n"
    )
    assert faults(text) == [
        ("duplicate-key", 6, 1),
        ("unknown-kind", 10, 9),
        ("bad-duration", 11, 16),
        ("unknown-kind", 13, 19),
        ("bad-name", 14, 3),
        ("wrong-value", 15, 12),
    ]


def test_nesting_is_bounded_in_both_notations():
    assert faults("a: " + "[" * 5000)[0][0] == "too-big"
    assert faults('{"a": ' + "[" * 5000, "flow.json")[0][0] == "too-big"
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2 * MAX_DEPTH))
    assert faults(chain)[0][0] == "too-big"


def test_size_is_bounded():
    assert faults("# " + "x" * 16_000_001) == [("too-big", 1, 1)]


def test_a_byte_order_mark_and_windows_line_ends_are_taken_as_they_are():
    source = read_flow("\ufeff" + SMALL.replace("\n", "\r\n"), "small.yaml")
    assert source.bot == read_flow(SMALL, "small.yaml").bot
    assert source.place(("messages", "hello", "parts", 1, "else")) == (14, 15)


def test_a_file_that_is_not_there_is_told_like_any_fault(tmp_path: Path):
    with pytest.raises(FlowInvalid, match="can't be opened"):
        read_flow_file(tmp_path / "missing.yaml")
    with pytest.raises(FlowInvalid, match="can't be opened"):
        read_flow_file(tmp_path)


def test_utf_16_is_refused(tmp_path: Path):
    path = tmp_path / "flow.yaml"
    path.write_text(SMALL, encoding="utf-16")
    with pytest.raises(FlowInvalid, match="not UTF-8"):
        read_flow_file(path)


def test_the_error_reads_as_one_line_with_place_problem_and_remedy():
    with pytest.raises(FlowInvalid) as raised:
        read_flow(HEAD + "mesages: {}\n", "flow.yaml")
    assert raised.value.place == "flow.yaml:1:1"
    assert str(raised.value).startswith("flow.yaml:1:1: the file has no `messages` (and 1 more). Add `messages:`")
    assert str(raised.value.findings[1]) == (
        "flow.yaml:6:1: error: `mesages` is not known here. Did you mean `messages`? [unknown-key]"
    )
