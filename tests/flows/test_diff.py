"""Differences between two bots are told in the builder's words; none is left out, none is made up."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.diff import diff
from flows.finding import FlowInvalid
from flows.model.bot import Bot
from flows.source import read_flow
from tests.examples import examples
from tests.flows.files import WELLBEING, wellbeing

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
            "a condition on *welcome* now asks “opted_out:tips” (before: “segment:tips”)",
        ),
        (
            "then: [{text: You get tips.}]",
            "then: lunch",
            "the condition “segment:tips” on *welcome*: `then` now goes to *lunch* (before: runs 1 part)",
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


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Go through all values of nested data."""
    yield path, data
    for key, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(inner, (*path, key))


PLACES = [(path, value) for path, value in places(DATA) if path and path[0] != "assent"]
ROLES: dict[tuple[str | int, bool], list[Any]] = {}
for path, value in PLACES:
    named = next(step for step in reversed(path) if isinstance(step, str))
    ROLES.setdefault((named, named == path[-1]), []).append(value)


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of nested data with the value at `path` replaced, or gone if it is None."""
    if not path:
        return value
    if isinstance(data, dict):
        changed = {key: replaced(inner, path[1:], value) if key == path[0] else inner for key, inner in data.items()}
        return {key: inner for key, inner in changed.items() if inner is not None}
    return [
        inner
        for at, old in enumerate(data)
        if (inner := replaced(old, path[1:], value) if at == path[0] else old) is not None
    ]


@st.composite
def changed_flows(draw: st.DrawFn) -> str:
    """The example with a value gone, or replaced by one that stands under the same key elsewhere."""
    path, _ = draw(st.sampled_from(PLACES))
    named = next(step for step in reversed(path) if isinstance(step, str))
    others = ROLES[named, named == path[-1]]
    value = draw(st.none() | st.sampled_from(others) | st.just("other") | st.just("7"))
    return yaml.safe_dump(replaced(DATA, path, value), allow_unicode=True, sort_keys=False)


@examples(200)
@given(changed_flows())
def test_no_change_goes_untold(text: str):
    bot = wellbeing()
    try:
        changed = read(text)
    except FlowInvalid:
        return
    for old, new in ((bot, changed), (changed, bot)):
        told = diff(old, new)
        assert bool(told) == (old != new)
        assert all(change.text and "(value=" not in change.text for change in told)


LONG = [name for name, message in DATA["messages"].items() if len(message["parts"]) > 2]


@examples(100)
@given(st.data(), st.sampled_from(LONG))
def test_parts_in_another_order_are_told(drawn: st.DataObject, name: str):
    parts = DATA["messages"][name]["parts"]
    shuffled = drawn.draw(st.permutations(parts))
    text = yaml.safe_dump(replaced(DATA, ("messages", name, "parts"), shuffled), allow_unicode=True, sort_keys=False)
    told = [change.text for change in diff(wellbeing(), read(text))]
    assert told == ([] if shuffled == parts else [f"the parts of *{name}* are in another order"])


COURSE = """\
topics:
  press: {name: Press, purpose: News of the press.}
sequences:
  course:
    name: Course
    steps:
      - {id: one, wait: 1d, message: lunch}
      - {id: two, wait: 48h, message: lunch, if: "tag:vip", late: 2h}
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "purpose: News of the press.",
            "purpose: N., uses: once",
            'topic *press*: `uses` is now "once" (it was "standing")',
        ),
        ("wait: 1d", "wait: 2d", 'step *one* of sequence *course*: `wait` is now "2d" (it was "1d")'),
        ('if: "tag:vip"', 'if: "tag:big"', "step *two* of sequence *course*: `if` is now “tag:big” (it was “tag:vip”)"),
        (
            "      - {id: one, wait: 1d, message: lunch}\n",
            "",
            'step *one* (after "1d", sends *lunch*) of sequence *course* is gone',
        ),
        (
            "id: two,",
            "id: other,",
            'step *other* (after "48h", sends *lunch*, if tag:vip, at most 2h late) of sequence *course* is new',
        ),
        ("name: Course\n", 'name: Course\n    exit: "tag:x"\n', "sequence *course*: `exit` is new: “tag:x”"),
        ("id: one", "id: three", 'step *one* (after "1d", sends *lunch*) of sequence *course* is gone'),
    ],
)
def test_topics_and_the_steps_of_sequences(old: str, new: str, line: str) -> None:
    before = SMALL.replace("keywords:\n", f"{COURSE}keywords:\n")
    assert line in [change.text for change in diff(read(before), read(before.replace(old, new, 1)))]


def test_steps_in_another_order() -> None:
    flow = SMALL.replace("keywords:\n", f"{COURSE}keywords:\n")
    one, two = (line for line in COURSE.splitlines(keepends=True) if "wait:" in line)
    assert [change.text for change in diff(read(flow), read(flow.replace(one + two, two + one)))] == [
        "the steps of sequence *course* are in another order"
    ]
