"""Slips that builders make most: the finding stands where the slip is, and says what to write, word for word."""

import pytest

from flows.checks import check
from flows.finding import FlowInvalid
from flows.source import read_flow

HEAD = "assent: '1'\nbot: b\nname: B\nwelcome: hello\ndefault: hello\nmessages:\n  hello:\n    parts:\n"


@pytest.mark.parametrize(
    ("part", "line", "column", "remedy"),
    [
        ("text: {de: Schön, dass du da bist}", 9, 20, 'Put the whole text in quotes: `de: "Schön, dass du da bist"`'),
        ("text: {en: Yes, no, maybe, fr: Oui}", 9, 20, 'Put the whole text in quotes: `en: "Yes, no, maybe"`'),
        (
            "text: Hi\n        buttons: [{label: Yes, please, message: hello}]",
            10, 27, 'Put the whole text in quotes: `label: "Yes, please"`',
        ),
        (
            "text: Hi\n        buttons: [{label: Yes, opt_in: tips}]",
            10, 19, "Add `reply:` with the id of the message that is sent then, such as `reply: hello`",
        ),
        (
            "text: Hi\n        buttons: [{label: No, subscription: out}]",
            10, 19, "Add `reply:` with the id of the message that is sent then, such as `reply: hello`",
        ),
        (
            "question: How old?",
            9, 9, "Add `field:` with the name of the field that keeps the answer, such as `field: team`",
        ),
        (
            "complete: product",
            9, 9, "Add `item:` with the name of what is completed, such as `item: sleep-course`",
        ),
        (
            "text: {{ contact.name }} hello",
            9, 15, 'Put the whole text in double quotes: `text: "{{ contact.name }} hello"`',
        ),
        (
            "text: Hi {{ contact.name }}: you",
            9, 36, 'Put the whole text in double quotes: `text: "Hi {{ contact.name }}: you"`',
        ),
        (
            "text: Hi\n        buttons: [{label: Yes, opt_in: tips, message: hello}]",
            10, 46, "Write `reply: hello` in place of `message: hello`",
        ),
        (
            "text: Hi\n        buttons: [{label: Yes, message: hello, opt_out: tips}]",
            10, 32, "Write `reply: hello` in place of `message: hello`",
        ),
        ("if: segment: x\n        then: hello", 9, 13, 'Write `if: {segment: x}`, or `if: "segment:x"`'),
        ("if: language: fr\n        then: hello", 9, 13, "Write `if: {language: fr}`"),
        ("text: *Done* for today", 9, 15, 'Put the whole text in double quotes: `text: "*Done* for today"`'),
        ("text: *", 9, 15, 'Put the whole text in double quotes: `text: "*"`'),
        ("text: @ana \"hi\"", 9, 15, 'Put the whole text in double quotes: `text: "@ana \\"hi\\""`'),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_to_write(part: str, line: int, column: int, remedy: str) -> None:
    with pytest.raises(FlowInvalid) as caught:
        read_flow(f"{HEAD}      - {part}\n", "flow.yaml")
    assert [(found.line, found.column, found.remedy) for found in caught.value.findings] == [(line, column, remedy)]


@pytest.mark.parametrize(
    ("text", "said", "column", "remedy"),
    [
        ("&co hello", "hello", 15, '`text: "&co hello"`'),
        ("! hello", "hello", 15, '`text: "! hello"`'),
        ("We are #1 in town", "We are", 22, '`text: "We are #1 in town"`, or write a space after the `#`'),
        ("Say it #loud", "Say it", 22, '`text: "Say it #loud"`, or write a space after the `#`'),
    ],
)
def test_words_that_yaml_takes_away_are_told(text: str, said: str, column: int, remedy: str) -> None:
    source = read_flow(f"{HEAD}      - text: {text}\n", "flow.yaml")
    assert source.bot.messages["hello"].parts[0].model_dump()["text"] == said
    found = [(one.line, one.column, one.remedy) for one in check(source) if one.code == "lost-words"]
    assert found == [(9, column, f"Put the whole text in double quotes: {remedy}")]


@pytest.mark.parametrize("word", ["~", "null", "Null", "NULL", "#1"])
def test_a_text_that_yaml_takes_for_nothing_is_told_beside_the_error(word: str) -> None:
    with pytest.raises(FlowInvalid) as caught:
        read_flow(f"{HEAD}      - text: {word}\n", "flow.yaml")
    assert [found.code for found in caught.value.findings] == ["wrong-type", "lost-words"]
    assert f'`text: "{word}"`' in caught.value.findings[-1].remedy


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "no", "Yes", "NO", "on", "off", "y", "n", "true", "False"),
        *("012", "1_000", "0x1F", "0o17", "1e3", "1.10", "+1", ".inf", ".nan", "1:30", "12:30:45"),
        *("2026-11-23", "2026-11-23 10:00:00", "=", "<<", "---", "...", "nil", "None", "a#b", "a:b", "50%", "R&B"),
        *("it's", "2 * 3", "who? me", "a - b", "x > y", "co@example.org", "Hi!"),
    ],
)
def test_words_that_other_readers_of_yaml_change_stay_as_they_are(word: str) -> None:
    """In a text, a label, a choice, a condition, a key of a mapping."""
    head = f"{HEAD}      - text: {word}\n"
    more = (
        f"        buttons: [{{label: {word}, message: hello}}]\n"
        f"      - {{question: Which?, field: kind, type: choice, choices: [{word}, other]}}\n"
        f"      - {{if: {{field: kind, is: {word}}}, then: [{{text: Good}}]}}\n"
    )
    source = read_flow(f"{head}{more}", "flow.yaml")
    text, question, condition = (part.model_dump() for part in source.bot.messages["hello"].parts)
    assert (text["text"], text["buttons"][0]["label"], question["choices"][0]) == (word, word, word)
    assert condition["if_"] == f'field.kind is "{word}"'
    assert not [found for found in check(source) if found.code == "lost-words"]


@pytest.mark.parametrize(
    "line",
    [
        "text: hello  # a comment",
        "text: hello   ## a heading",
        'text: "&co #1 hello"',
        "text: '! hello'",
        "text: a#b",
        "text: |\n          We are #1 in town",
        "text: &co hello\n      - text: *co",
    ],
)
def test_what_a_builder_means_is_no_finding(line: str) -> None:
    """Comments, quotes, names that something repeats."""
    source = read_flow(f"{HEAD}      - {line}\n", "flow.yaml")
    assert not [found for found in check(source) if found.code == "lost-words"]


def test_a_revision_with_such_words_stays_readable() -> None:
    text = f"{HEAD}      - text: &co hello\n"
    assert read_flow(text, "flow.yaml", pushed=True).bot == read_flow(text, "flow.yaml").bot


def test_a_segment_that_staff_keep_is_not_asked_about() -> None:
    condition = "if: {segment: lapsed}\n        then: [{text: Hi}]"
    source = read_flow(f"{HEAD}      - {condition}\n", "flow.yaml")
    assert "segment-elsewhere" in [found.code for found in check(source)]
    assert "segment-elsewhere" not in [found.code for found in check(source, kept={"lapsed"})]
    assert "segment-elsewhere" in [found.code for found in check(source, kept={"other"})]


def test_json_says_the_same() -> None:
    button = '{"label": "Yes", "opt_in": "tips", "message": "hello"}'
    parts = f'[{{"text": "Hi", "buttons": [\n{button}]}}]'
    text = f'{{"assent": 1, "bot": "b", "name": "B",\n"messages": {{"hello": {{"parts": {parts}}}}}}}'
    with pytest.raises(FlowInvalid) as caught:
        read_flow(text, "flow.json")
    (found,) = caught.value.findings
    assert (found.line, found.column) == (3, 36)
    assert found.remedy == "Write `reply: hello` in place of `message: hello`"


def test_a_segment_of_staff_is_not_taken_for_another_of_the_flow() -> None:
    text = HEAD.replace("messages:", "segments: {classes: {name: Classes, purpose: A class a week.}}\nmessages:")
    found = check(read_flow(f'{text}      - if: "segment:lapsed"\n        then: [{{text: Hi}}]\n', "flow.yaml"))
    remedies = [one.remedy for one in found if one.code == "segment-elsewhere"]
    assert remedies == ["Leave it if staff keep a segment `lapsed`, or add it under `segments`"]
