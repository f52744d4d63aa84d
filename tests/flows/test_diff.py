"""Differences between two bots are told in the builder's words; none is left out, none is made up."""

from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.diff import diff
from flows.finding import FlowInvalid
from flows.model.bot import Bot
from flows.source import read_flow
from tests.flows.files import WELLBEING, wellbeing
from tests.flows.mutate import mutate

TEXT = WELLBEING.read_text()
DATA: dict[str, Any] = yaml.safe_load(TEXT)

SMALL = """\
assent: "1"
bot: small
name: Small
segments:
  tips: {name: Tips, purpose: A tip a week.}
  news: {name: News}
keywords:
  - {is: "hi, hello", message: welcome}
  - {contains: pizza, message: lunch}
messages:
  welcome:
    parts:
      - text: Shall we?
        buttons:
          - {label: Yes please, message: lunch}
          - {label: No, message: welcome}
      - if: {segment: tips}
        then: [{text: You get tips.}]
      - carousel:
          - {title: Sleep, subtitle: Rest well}
          - {title: Move, subtitle: Walk more}
      - question: Which team?
        field: team
    quick_replies:
      - {label: Lunch, message: lunch}
  lunch:
    parts:
      - text: {en: Pizza!, fr: De la pizza !}
"""


def lines(*replacements: tuple[str, str]) -> list[str]:
    """Return the lines of the diff that replacing words of the small flow makes."""
    text = SMALL
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return [change.text for change in diff(read(SMALL), read(text))]


def read(text: str) -> Bot:
    return read_flow(text, "flow.yaml").bot


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "label: Yes please, message: lunch",
            "label: Yes please, opt_in: tips, reply: lunch",
            "button *Yes please* on *welcome* now opts in to *tips* and answers with *lunch* (before: sends *lunch*)",
        ),
        ("label: No,", "label: No thanks,", 'button *No* on *welcome*: its label is now "No thanks" (it was "No")'),
        ("label: No,", "label: No, id: nope,", 'button *No* on *welcome*: its id is new: "nope"'),
        ("          - {label: No, message: welcome}\n", "", "button *No* on *welcome* is gone (it sends *welcome*)"),
        ("contains: pizza", "contains: pasta", "keyword *pasta* (contained) is new: sends *lunch*"),
        (
            '"hi, hello", message: welcome',
            '"hi, hello", message: lunch',
            "keyword *hi* now sends *lunch* (before: sends *welcome*)",
        ),
        ("text: Shall we?", "text: May we?", 'a text on *welcome* is now "May we?" (it was "Shall we?")'),
        (
            "fr: De la pizza !",
            "fr: Une pizza !",
            'a text on *lunch* (fr) is now "Une pizza !" (it was "De la pizza !")',
        ),
        (
            "purpose: A tip a week.",
            "purpose: A tip a day.",
            'segment *tips*: `purpose` is now "A tip a day." (it was "A tip a week.")',
        ),
        ("  news: {name: News}\n", "", "segment *news* is gone"),
        (
            "if: {segment: tips}",
            "if: {segment: tips, is: opted_out}",
            "a condition on *welcome* now asks “the person has left *tips*” (before: “the person is in *tips*”)",
        ),
        (
            "then: [{text: You get tips.}]",
            "then: lunch",
            "the condition “the person is in *tips*” on *welcome*: `then` now goes to *lunch* (before: runs 1 part)",
        ),
        (
            "subtitle: Rest well",
            "subtitle: Sleep well",
            'card *Sleep* on *welcome*: `subtitle` is now "Sleep well" (it was "Rest well")',
        ),
        (
            "field: team",
            "field: team\n        tries: 5",
            'the question "Which team?" on *welcome*: `tries` is now 5 (it was 3)',
        ),
        (
            "label: Lunch, message: lunch",
            "label: Lunch, message: welcome",
            "quick reply *Lunch* on *welcome* now sends *welcome* (before: sends *lunch*)",
        ),
        ("bot: small\n", "bot: small\nwelcome: lunch\n", 'the bot: `welcome` is new: "lunch"'),
        ("bot: small\n", "bot: small\ntags: [vip]\n", "tag *vip* is new"),
        (
            "bot: small\n",
            "bot: small\nunsubscribe: {is: enough}\n",
            'the unsubscribe block: `is` is now "enough" (it was nothing)',
        ),
    ],
)
def test_a_change_is_told_in_the_builders_words(old: str, new: str, line: str):
    assert line in lines((old, new))


def test_a_new_message_is_one_line():
    assert lines(("  lunch:\n", "  dinner:\n    parts: [{text: Soup}]\n  lunch:\n")) == ["message *dinner* is new"]


def test_what_only_moved_is_told_as_moved():
    (line,) = lines(
        ("          - {label: Yes please, message: lunch}\n", ""),
        (
            "{label: No, message: welcome}\n",
            "{label: No, message: welcome}\n          - {label: Yes please, message: lunch}\n",
        ),
    )
    assert line == "the buttons on *welcome* are in another order"


def test_a_part_put_in_front_leaves_the_others_alone():
    assert lines(("      - text: Shall we?", "      - text: Hello!\n      - text: Shall we?")) == [
        'the text "Hello!" on *welcome* is new'
    ]


def test_changes_come_by_group_and_what_is_gone_comes_last():
    changes = diff(
        read(SMALL),
        read(
            SMALL.replace("name: Small", "name: Smaller")
            .replace("  lunch:", "  dinner:")
            .replace("message: lunch", "message: dinner")
        ),
    )
    assert [(change.group, change.kind) for change in changes if change.group != "keywords"] == [
        ("bot", "changed"),
        ("messages", "changed"),
        ("messages", "changed"),
        ("messages", "new"),
        ("messages", "gone"),
    ]
    assert [change.group for change in changes] == sorted(
        (change.group for change in changes), key=["bot", "keywords", "messages"].index
    )


def test_a_bot_does_not_differ_from_itself():
    assert diff(wellbeing(), wellbeing()) == []


words = st.sampled_from(
    ["tips", "events", "menu", "hello", "sleep", "other", "7", "2026-01-01", "https://example.org/x"]
)
values: st.SearchStrategy[Any] = (
    words
    | st.lists(words, max_size=3)
    | st.dictionaries(st.sampled_from(["en", "fr", "de"]), words, min_size=1, max_size=3)
    | st.sampled_from(
        [
            {"text": "New"},
            [{"text": "New"}],
            {"label": "New", "message": "menu"},
            [{"label": "New", "message": "menu"}],
            {"tag": "introduced"},
            [],
            None,
        ]
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=9), values)
def test_no_change_goes_untold(steps: list[int], value: Any):
    try:
        changed = read(yaml.safe_dump(mutate(DATA, steps, value), allow_unicode=True, sort_keys=False))
    except FlowInvalid:
        assume(False)
    bot = wellbeing()
    assume(changed != bot)
    for old, new in ((bot, changed), (changed, bot)):
        told = diff(old, new)
        assert told
        assert all(change.text and "Piece" not in change.text and "(value=" not in change.text for change in told)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(sorted(DATA["messages"])))
def test_parts_in_another_order_are_told(random: Any, name: str):
    parts = DATA["messages"][name]["parts"]
    shuffled = random.sample(parts, len(parts))
    assume(shuffled != parts)
    changed = read(yaml.safe_dump(mutate_parts(name, shuffled), allow_unicode=True, sort_keys=False))
    assert [change.text for change in diff(wellbeing(), changed)] == [f"the parts of *{name}* are in another order"]


def mutate_parts(name: str, parts: list[Any]) -> dict[str, Any]:
    return DATA | {"messages": DATA["messages"] | {name: DATA["messages"][name] | {"parts": parts}}}
