"""The examples are good: nothing to find in them, and the big one shows everything a flow can do."""

from pathlib import Path

import pytest

from filters.model import DetailText, FieldDate, FieldNumber, FieldText, InSegment, OptedOut, Tag
from flows.checks import check
from flows.checks.view import view_of
from flows.model.buttons import BUTTONS, OptInButton, OptOutButton
from flows.model.parts import PARTS, Card, QuestionPart, TextPart
from flows.source import read_flow_file
from tests.flows.files import EXAMPLES, wellbeing

VIEW = view_of(wellbeing())


SENT = {"pulse": {"ask", "remind"}, "event": {"placed", "queued", "freed", "take"}}
"""Messages that broadcasts send, so that nothing of the flow leads to them, nor to what they lead to."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_no_findings(path: Path):
    found = check(read_flow_file(path))
    assert {one.code for one in found} <= {"unreachable-message"}
    assert {one.problem.split("`")[1] for one in found} == SENT.get(path.stem, set())


def test_the_example_shows_every_kind_of_part_button_and_condition():
    assert {type(placed.part) for placed in VIEW.parts} == set(PARTS.values())
    assert {type(found.button) for found in VIEW.buttons} == set(BUTTONS.values())
    assert {type(placed.condition) for placed in VIEW.conditions} >= {
        InSegment,
        OptedOut,
        Tag,
        FieldText,
        FieldNumber,
        FieldDate,
        DetailText,
    }


@pytest.mark.parametrize("place", [TextPart, Card])
def test_the_example_opts_in_and_out_on_a_text_and_on_a_card(place: type):
    kinds = {type(found.button) for found in VIEW.buttons if isinstance(found.on, place)}
    assert {OptInButton, OptOutButton} <= kinds


def test_the_example_asks_questions_of_every_type():
    asked = {placed.part.type for placed in VIEW.parts if isinstance(placed.part, QuestionPart)}
    assert asked == {"text", "email", "number", "date", "choice"}


def test_the_example_has_every_key_of_the_unsubscribe_block_and_both_kinds_of_keyword():
    bot = wellbeing()
    assert bot.unsubscribe.model_fields_set == set(type(bot.unsubscribe).model_fields)
    assert {rule.is_ is None for rule in bot.keywords} == {True, False}
    assert any(rule.opt_in for rule in bot.keywords)
    assert any(rule.opt_out for rule in bot.keywords)


def test_the_example_has_a_weekly_tip_and_a_sequence_of_three_steps():
    bot = wellbeing()
    assert [topic.uses for name, topic in bot.topics.items() if name == "friday_pause"] == ["standing"]
    assert [(step.id, str(step.wait), step.message) for step in bot.sequences["sleep_course"].steps] == [
        ("evening", "1d at 09:00", "course_evening"),
        ("morning", "2d at 09:00", "course_morning"),
        ("end", "48h", "course_end"),
    ]
    sent = ["friday_pause", "course_evening", "course_morning", "course_end"]
    assert {bot.messages[message].way_out for message in sent} == {"subscriptions"}
