"""What `assent flow format` rewrites, and all that it leaves alone."""

import pytest

from flows.format import format_flow, text_to_push
from flows.source import read_flow

HEAD = """assent: "1"   # the version
bot:   b
name: 'B'
languages: [fr, en]
segments: {tips: {name: Tips}}
fields:
    age: {type: number}
messages:
  hello:
    parts:
"""


def flow(*conditions: str) -> str:
    parts = "".join(f"      - if: {one}\n        then:   [ {{text: Hi}} ] # stays\n" for one in conditions)
    return HEAD + parts + "      - text: >-\n          Folded,\n          and kept\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{language: en}", "'language is \"en\"'"),
        ("{language: fr}", "'language is \"fr\" or language is unknown'"),
        ("{segment: tips, is: opted_out}", '"opted_out:tips"'),
        ("{segment: tips, is: member}", '"segment:tips"'),
        ("{not: {any: [{segment: tips, is: opted_out}]}}", '"not opted_out:tips"'),
        ('{field: age, at_least: "18"}', '"field.age >= 18"'),
        ("{field: country, is_not: FR}", "'country is not \"FR\"'"),
        ("{all: [{tag: it's}, {language: en}]}", "'tag:\"it''s\" and language is \"en\"'"),
        ("\n          segment: tips  # theirs\n          is: opted_out # ours", '"opted_out:tips"  # theirs # ours'),
        ("&c {segment: tips, is: opted_out}", '&c "opted_out:tips"'),
        (
            "\n          {all: [\n            {tag: a}, # one\n            {segment: tips, is: member}]}",
            '"tag:a and segment:tips"  # one',
        ),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_old_form_becomes_text_and_nothing_else_changes(before: str, after: str, ends: str) -> None:
    old, new = (flow(one, '"tag:vip"').replace("\n", ends) for one in (before, after))
    assert format_flow(old, "f.yaml") == new
    assert format_flow(new, "f.yaml") == new
    assert read_flow(old, "f.yaml").bot == read_flow(new, "f.yaml").bot


@pytest.mark.parametrize(
    "condition",
    [
        "{tag: vip}",
        "{field: age, at_least: 18}",
        "{any: [{segment: tips}, {not: {field: age, is_not: 3}}]}",
        "tag:vip",
        "{detail: country, is: FR}",
    ],
)
def test_what_is_of_today_stays(condition: str) -> None:
    text = flow(condition)
    assert format_flow(text, "f.yaml") == text


def test_an_alias_repeats_the_text() -> None:
    text = flow("&c {language: en}", "*c", "{all: [*c, {tag: vip}]}")
    formatted = format_flow(text, "f.yaml")
    assert "- if: &c 'language is \"en\"'\n" in formatted
    assert "- if: *c\n" in formatted
    assert read_flow(formatted, "f.yaml").bot == read_flow(text, "f.yaml").bot
    assert format_flow(formatted, "f.yaml") == formatted


def test_an_anchor_inside_a_condition_stays() -> None:
    text = flow("{all: [&c {language: en}, {tag: vip}]}", "*c", "{segment: tips, is: opted_out}")
    formatted = format_flow(text, "f.yaml")
    assert "{all: [&c 'language is \"en\"', {tag: vip}]}" in formatted
    assert '- if: "opted_out:tips"' in formatted


def test_json_stays_json() -> None:
    parts = '[{"if": {"language":  "en"} , "then": "hello"}, {"text": "\\u00e9"}]'
    head = '{"assent": 1, "bot": "b", "name": "B",\n "languages": ["fr", "en"], '
    text = f'{head}"messages": {{"hello": {{"parts": {parts}}}}}}}\n'
    assert format_flow(text, "f.json") == text.replace('{"language":  "en"}', '"language is \\"en\\""')


def test_a_push_freezes_comparisons_of_fields_as_text() -> None:
    text = flow("{field: age, is_not: 3}", "{tag: vip}", "{all: [{tag: a}, {field: team, is: yes}]}")
    source = read_flow(text, "f.yaml")
    frozen = text_to_push(source)
    assert frozen == flow('"field.age is not 3"', "{tag: vip}", "'tag:a and field.team is \"yes\"'")
    assert read_flow(frozen, "r", pushed=True).bot == source.bot
    assert read_flow(text, "r", pushed=True).bot != source.bot
    assert text_to_push(read_flow(text, "r", pushed=True)) == text
