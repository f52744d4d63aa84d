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
