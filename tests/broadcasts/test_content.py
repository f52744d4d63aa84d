"""What a broadcast says: checked against the live flow, which it leaves as it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broadcasts.content import OWN, content_of, cut, frozen_text
from flows.compile import RevisionSource, compiled
from flows.finding import FlowInvalid
from flows.model.bot import Bot
from flows.source.read import digest_of, read_flow
from messages.errors import BadInput, StateConflict
from storage.push_records import BroadcastRecord, Variant
from tests.runtime.harness import FLOW

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "wellbeing.yaml"
TIP = """
parts:
  - text: Breathe.
    buttons: [{label: No more tips, opt_out: tips, reply: now_out}]
"""


def flow(text: str = FLOW) -> Bot:
    return read_flow(text, "flow.yaml", pushed=True).bot


def broadcast(**said: Any) -> BroadcastRecord:
    return BroadcastRecord("demo", "tip", "Tip", "tips", datetime(2026, 12, 1, tzinfo=UTC), "mia", **said)


def test_words_of_its_own_become_a_message_beside_those_of_the_flow() -> None:
    live = flow()
    said = content_of(broadcast(words=TIP), live)
    assert (said.messages, said.is_own) == ({"": OWN + "tip"}, True)
    assert said.bot.messages.keys() - live.messages.keys() == {OWN + "tip"}
    assert OWN + "tip" not in live.messages


def test_a_button_of_such_words_is_found_in_the_revision_that_they_are_frozen_in() -> None:
    said = content_of(broadcast(words=TIP), flow())
    text = frozen_text(said.bot)
    revision = compiled("demo", RevisionSource(7, digest_of(text), text))
    assert revision.bot == said.bot
    assert revision.buttons[f"{OWN}tip/1"].button.opt_out == "tips"  # type: ignore[attr-defined]
    assert revision.buttons.keys() > {"yes", "no", "card-yes"}


@pytest.mark.parametrize("text", [FLOW, EXAMPLE.read_text()], ids=["small", "example"])
def test_a_frozen_flow_reads_back_as_the_same(text: str) -> None:
    live = flow(text)
    assert read_flow(frozen_text(live), "frozen", pushed=True).bot == live


def test_conditions_of_a_revision_of_before_keep_their_meaning() -> None:
    """A revision's own form compares texts; the text form compares by type."""
    old = FLOW.replace(
        "  sorry: {parts:", "  sorry: {parts: [{if: {field: team, at_least: 3}, then: [{text: Many}]}]}\n  s2: {parts:"
    )
    live = flow(old)
    said = content_of(broadcast(words='parts: [{if: "field.team is blue", then: [{text: Some}]}, {text: All}]'), live)
    again = read_flow(frozen_text(said.bot), "frozen", pushed=True).bot
    assert again == said.bot
    assert again.messages["sorry"] == live.messages["sorry"]


@pytest.mark.parametrize(
    ("words", "place", "problem", "remedy"),
    [
        ("parts: [{txt: Hi}]", "words:1:9", "`txt` is not a kind of part", "Did you mean `text`?"),
        ("Hello", "words:1:1", "the file is not a mapping", "Begin with `parts:`, as a message of a flow does"),
        ("", "words:1:1", "the file is empty", "Begin with `parts:`"),
        ("parts: [{text: Hi, buttons: [{label: Go, message: helo}]}]", "words:1:51", "there is no message `helo`",
         "Did you mean `hello`?"),
        ("parts:\n  - text: '{{ contact.nam }}'", "words:2:", "nam", ""),
    ],
)  # fmt: skip
def test_words_that_cannot_be_said_are_refused_with_their_place(
    words: str, place: str, problem: str, remedy: str
) -> None:
    with pytest.raises(FlowInvalid) as refused:
        content_of(broadcast(words=words or " "), flow())
    assert refused.value.place.startswith(place)
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


def test_a_message_that_the_flow_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput) as refused:
        content_of(broadcast(message="helo"), flow())
    assert (refused.value.place, refused.value.remedy) == ("message", "Did you mean `hello`?")
    variants = (Variant("a", "hello", 50), Variant("b", "askk", 50))
    with pytest.raises(BadInput) as refused:
        content_of(broadcast(variants=variants), flow())
    assert (refused.value.place, refused.value.remedy) == ("variants[1].message", "Did you mean `ask`?")


def test_nothing_is_said_before_a_flow_is_live() -> None:
    nothing: dict[str, Any] = {"assent": "1", "bot": "demo", "name": None, "messages": {}}
    with pytest.raises(StateConflict, match="no live flow"):
        content_of(broadcast(message="hello"), Bot.model_construct(**nothing))


def test_a_message_without_a_way_out_is_warned_of() -> None:
    mute = FLOW + "unsubscribe: {help: Ask Ana.}\n"
    (warning,) = content_of(broadcast(message="ask"), flow(mute)).warnings
    assert warning.startswith("ask has no button to opt out")
    assert content_of(broadcast(message="hello"), flow(mute)).warnings == ()
    assert content_of(broadcast(message="ask"), flow()).warnings == ()
    assert content_of(broadcast(message="ask"), flow(mute.replace("Ask Ana", "Type STOP to leave"))).warnings == ()


def test_a_button_to_leave_another_segment_is_no_way_out() -> None:
    mute = FLOW + "unsubscribe: {help: {en: Type STOP., fr: Demandez à Ana.}}\n"
    news = msgspec.structs.replace(broadcast(words=TIP), subject="news")
    assert content_of(news, flow(mute)).warnings != ()
    assert content_of(broadcast(words=TIP), flow(mute)).warnings == ()


def test_what_each_channel_would_cut_is_told() -> None:
    words = f"parts: [{{text: Hi, buttons: [{{label: {'L' * 30}, message: hello}}]}}]"
    said = content_of(broadcast(words=words), flow())
    found = cut(said.bot, said.messages[""])
    assert {each.channel for each in found} == {"workplace"}
    assert "shows 20" in found[0].what
    assert cut(said.bot, "now_out") == ()
