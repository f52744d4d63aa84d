"""Anybody's transcripts: third parties' files are shown, and nothing but BadInput comes of anything else."""

import codecs
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messages.errors import BadInput
from messages.inbound import ButtonPressed, ConversationStarted, ReactionChanged, TextReceived
from replay import transcript_reading
from replay.transcript_reading import Card, Line, Transcript, read_transcript
from replay.transcript_writing import to_transcript
from tests.adapters.teams.activities import FIXTURES
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

AT = datetime(2026, 11, 23, 10, 0, 0, 123_000, tzinfo=UTC)
WHEN = AT.isoformat()


def samples() -> list[Path]:
    found = sorted(FIXTURES.rglob("*.transcript"))
    if not found:
        pytest.skip("no third-party transcripts beside the checkout")
    return found


def sample(name: str) -> tuple[Line, ...]:
    (path,) = [each for each in samples() if each.name == name]
    return read_transcript(path.read_bytes(), name).lines


def lines(*activities: object) -> tuple[Line, ...]:
    return read_transcript(json.dumps(activities).encode(), "x.transcript").lines


def line(**fields: Any) -> Line:
    (only,) = lines(fields)
    return only


def attached(kind: str, content: object, **fields: Any) -> Card:
    (card,) = line(attachments=[{"contentType": kind, "content": content, **fields}]).cards
    return card


def hero(**content: Any) -> Card:
    return attached("application/vnd.microsoft.card.hero", content)


def adaptive(*body: object, **fields: Any) -> Card:
    return attached("application/vnd.microsoft.card.adaptive", {"type": "AdaptiveCard", "body": body, **fields})


def refused(data: bytes) -> BadInput:
    with pytest.raises(BadInput) as raised:
        read_transcript(data, "x.transcript")
    assert raised.value.remedy
    return raised.value


def read_or_refused(data: bytes) -> Transcript | BadInput:
    """Read what may be anything, and check what came of it."""
    try:
        found = read_transcript(data, "x")
    except BadInput as error:
        return error
    for each in found.lines:
        assert each.who in {"user", "bot", ""}
        assert each.when is None or each.when.tzinfo is UTC
        assert repr(each).encode()
    return found


def test_every_sample_of_a_third_party_is_shown_in_full() -> None:
    for path in samples():
        shown = read_transcript(path.read_bytes(), path.name).lines
        assert len(shown) == len(json.loads(path.read_bytes()))
        assert all(each.when is not None and each.kind for each in shown)
        said = [each for each in shown if each.kind == "message"]
        assert all(each.text or each.cards for each in said)
        assert {each.who for each in said if each.name} <= {"user", "bot"}


def test_a_sample_with_cards_of_many_kinds() -> None:
    shown = sample("sample.transcript")
    assert (shown[0].kind, shown[0].text, shown[0].who) == ("conversationUpdate", "joined: LulaBot", "")
    assert (shown[1].who, shown[1].name, shown[1].text) == ("user", "Joe", "Hi!")
    first, second = shown[3].cards
    assert (first.title, first.subtitle, first.buttons) == (
        "Cheese gromit!",
        "Hero Card",
        ("Option 1", "Option 2", "Option 3"),
    )
    assert second.subtitle == "Thumbnail Card"
    assert "Due date: Not set\n[dueDate]\n[Enter your comment]" in shown[9].cards[0].text
    assert shown[9].cards[0].buttons == ("Set due date", "OK", "Comment", "OK")
    assert shown[-1].buttons == ("option 1", "option 2", "option 3")
    assert shown[-1].when == datetime(2019, 4, 20, 19, 49, 12, 400_000, tzinfo=UTC)


def test_a_sample_with_a_receipt_and_one_with_a_press_of_a_card() -> None:
    (card,) = sample("Receipt.transcript")[1].cards
    assert (card.title, card.buttons) == ("John Doe", ("More information",))
    assert card.text.splitlines()[0] == "Order Number: 1234"
    assert card.text.splitlines()[-1] == "total: $ 90.95"
    press = sample("addItemWithButton.transcript")[8]
    assert (press.who, json.loads(press.text)["rawtext"]) == ("user", "update spec")


def test_our_own_transcripts_come_back() -> None:
    talk = Conversation(revision_of(flows.FLOW))
    talk.take(ConversationStarted())
    talk.take(ReactionChanged(added=("like",), removed=("heart",)))
    talk.press("Yes please")
    talk.take(TextReceived("a < b & <b>c</b>"))
    talk.take(ButtonPressed("a1:unknown"))
    shown = lines(*to_transcript(talk.entries))
    assert [(each.who, each.text) for each in shown if each.kind == "message" and each.text] == [
        ("user", "Yes please"),
        ("bot", "You are in: A tip a week."),
        ("user", "a < b & <b>c</b>"),
        ("bot", "I did not get that."),
        ("user", '{"assent": "a1:unknown"}'),
        ("bot", "I did not get that."),
    ]
    assert shown[0].text == "joined: small"
    assert shown[1].cards == (Card("", "", "Hello Ana. A tip a week?", ("Yes please", "No thanks")),)
    assert (shown[2].kind, shown[2].text) == ("messageReaction", "+like; -heart")
    assert shown[0].when == talk.entries[0].at


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
    ],
)
def test_any_unicode_encoding_is_read(encoding: str, mark: bytes) -> None:
    text = '[{"type": "message", "text": "Olá 👋"}]'
    (said,) = read_transcript(mark + text.encode(encoding), "x").lines
    assert said.text == "Olá 👋"


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T10:00:00.123Z",
        "2026-11-23T10:00:00.1230000Z",
        "2026-11-23T11:00:00.123+01:00",
        "2026-11-23T10:00:00.123",
        " 2026-11-23 10:00:00.123 ",
        "/Date(1795428000123)/",
        "1795428000123",
        "1795428000.123",
        1795428000123,
        1795428000.123,
    ],
)
def test_times_are_read_in_the_forms_that_tools_write(written: object) -> None:
    assert line(timestamp=written).when == AT


def test_a_time_as_in_a_mail_is_read() -> None:
    assert line(timestamp="Mon, 23 Nov 2026 10:00:00 GMT").when == AT.replace(microsecond=0)


def test_a_missing_time_is_the_local_one_or_none() -> None:
    assert line(timestamp=None, localTimestamp=WHEN).when == AT
    for odd in ("soon", "", True, [], {}, 1e300, 10**400, -1e14, "9" * 60, "0001-01-01T00:00:00+14:00", "x" * 100):
        assert line(timestamp=odd).when is None


def test_who_speaks_is_told_by_any_activity() -> None:
    bot, ana = {"id": "7"}, {"id": "8", "name": "Ana"}
    shown = lines(
        {"type": "message", "from": ana, "recipient": bot},
        {"type": "message", "from": bot, "recipient": ana},
        {"type": "conversationUpdate", "membersAdded": [{"id": "7", "role": "Bot"}]},
        {"type": "message", "from": {"id": "9", "role": "skill"}},
        {"type": "message", "from": {"id": "28:app"}},
        {"type": "message", "from": {"id": "29:ana"}},
        {"type": "message", "from": {"id": "user"}},
        {"type": "message", "from": {"id": "10"}},
        {"type": "message"},
    )
    assert [each.who for each in shown] == ["user", "bot", "", "bot", "bot", "user", "user", "", ""]
    assert [each.name for each in shown][:3] == ["Ana", "7", ""]


def test_what_an_activity_without_words_is_about() -> None:
    assert line(type="conversationUpdate", membersRemoved=[{"id": "7"}, None]).text == "left: 7"
    assert line(type="event", name="timer", value="w_1").text == "timer; w_1"
    assert line(type="trace", name="erased", label="erased", value="erased").text == "erased"
    assert line(type="invokeResponse", value={"status": 200, "body": {"value": "Done"}}).text == "Done"
    assert line(type="endOfConversation", code="completedSuccessfully").text == "completedSuccessfully"
    assert len(line(type="trace", value={"a": "x" * 10_000}).text) == 300
    assert line(type="typing") == Line("", "", None, "typing", "", (), ())


def test_odd_types_are_shown_as_they_are_or_passed_over() -> None:
    shown = line(
        type=7,
        text=42,
        timestamp={},
        recipient=[1],
        attachments={"content": {}},
        suggestedActions={"actions": [None, "Yes", {"title": 5}, {"value": "No"}]},
        **{"from": "ana"},
    )
    assert shown == Line("", "", None, "7", "42", (), ("5", "No"))
    assert line(type="message", text="half \ud83d an emoji \ud83d\udc4b").text == "half \ufffd an emoji 👋"


def test_the_text_of_a_hero_card_loses_its_html() -> None:
    card = hero(title="A & B", subtitle="s", text="1 &lt; 2<br>next", buttons=[{"title": "Go"}, {"value": "x"}, 3])
    assert card == Card("A & B", "s", "1 < 2\nnext", ("Go", "x"))
    assert hero(images=[{"url": "https://x/1.png"}, {"alt": "A dog"}]).text == "https://x/1.png\nA dog"


def test_an_adaptive_card_is_read_in_the_order_in_which_it_is_drawn() -> None:
    card = adaptive(
        {"type": "TextBlock", "text": "One"},
        {"type": "ColumnSet", "columns": [{"items": [{"type": "TextBlock", "text": "Two"}]}, {"items": "Three"}]},
        {"type": "RichTextBlock", "inlines": ["Four", {"type": "TextRun", "text": "Five"}]},
        {"type": "FactSet", "facts": [{"title": "Size:", "value": 6}]},
        {"type": "Table", "rows": [{"cells": [{"items": [{"type": "TextBlock", "text": "Seven"}]}]}]},
        {"type": "Image", "altText": "Eight"},
        {"type": "Input.ChoiceSet", "label": "Nine", "choices": [{"title": "a"}, {"title": "b"}]},
        {"type": "ActionSet", "actions": [{"type": "Action.Submit", "title": "Send"}]},
        actions=[
            {"type": "Action.ShowCard", "title": "More", "card": {"body": [{"type": "TextBlock", "text": "Ten"}]}}
        ],
    )
    assert card.text.splitlines() == [
        *("One", "Two", "Three", "Four", "Five", "Size: 6", "Seven", "Eight", "[Nine: a | b]", "Ten"),
    ]
    assert card.buttons == ("Send", "More")


def test_other_attachments() -> None:
    assert attached("image/png", None, name="a.png", contentUrl="https://x/a") == Card(
        "a.png", "image/png", "https://x/a", ()
    )
    assert attached("image/png", None, contentUrl="data:image/png;base64,AAAA").text == ""
    assert attached("application/json", {"a": 1}) == Card("", "application/json", '{"a": 1}', ())
    assert attached("text/plain", "words").text == "words"
    assert attached("x", '{"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "Hi"}]}').text == "Hi"
    assert attached("x", "{ not JSON").text == "{ not JSON"
    copy = line(text="", attachments=[{"contentType": "text/html", "content": "<p>Hi</p>"}, {}, None])
    assert (copy.text, copy.cards) == ("Hi", ())


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        (b"", "x.transcript: line 1, column 1", "not JSON"),
        (b'[{"type": "message"},\n {"type":', "x.transcript: line 2, column 10", "not JSON"),
        (b"[{}, {}, 3]", "x.transcript: element 3", "not an activity"),
        (b"[null]", "x.transcript: element 1", "not an activity"),
        (b'{"activities": []}', "x.transcript", "not a transcript"),
        (b'["\xff"]', "x.transcript: byte 3", "not text in UTF-8"),
        (b"[" * 100_000, "x.transcript", "nested too deep"),
        (b"[" + b"1" * 5_000 + b"]", "x.transcript", "number that is too long"),
    ],
)
def test_what_is_no_transcript_is_refused_by_its_place(data: bytes, place: str, problem: str) -> None:
    error = refused(data)
    assert error.place == place
    assert problem in error.problem


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript_reading, "MAX_BYTES", 10)
    assert read_transcript(b"[{}]      ", "x") == Transcript((Line("", "", None, "", "", (), ()),))
    assert "larger than 10 bytes" in refused(b"[{}]       ").problem


def test_what_is_nested_as_deep_as_a_file_may_be_is_shown() -> None:
    outcomes = set()
    for depth in range(400, 500):
        inner = '{"type": "Container", "items": [' * depth + "]}" * depth
        value = read_or_refused(f'[{{"value": {inner}}}]'.encode())
        body = read_or_refused(
            f'[{{"attachments": [{{"content": {{"type": "AdaptiveCard", "body": {inner}}}}}]}}]'.encode()
        )
        outcomes |= {type(value), type(body)}
    assert outcomes == {Transcript, BadInput}


FIELDS = st.sampled_from(
    (
        "type", "id", "timestamp", "localTimestamp", "from", "recipient", "role", "name", "text", "textFormat", "value",
        "body", "attachments", "content", "contentType", "contentUrl", "title", "subtitle", "buttons", "images",
        "suggestedActions", "actions", "membersAdded", "reactionsAdded", "facts", "items", "columns", "inlines",
        "card", "choices", "entities", "mentioned", "total",
    )
)  # fmt: skip
WORDS = st.sampled_from(
    (
        "message", "bot", "user", "AdaptiveCard", "TextBlock", "Input.Text", "Action.Submit", "FactSet", "text/html",
        "xml", "mention", "<at>x</at> <b>&#9", "data:", "28:x", "\ud83d", "{}", WHEN, "/Date(1)/", "23 Nov 2026 1:1",
        "application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.card.hero",
    )
)  # fmt: skip
TEXTS = WORDS | st.text(st.characters())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | TEXTS, inner, max_size=8),
    max_leaves=40,
)


def check(data: bytes) -> None:
    found = read_or_refused(data)
    if isinstance(found, BadInput):
        assert found.place.startswith("x")
        assert found.remedy


@given(st.binary() | st.binary().map(lambda rest: codecs.BOM_UTF16_LE + rest))
@example(b"\x00")
@example(codecs.BOM_UTF8)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check(data)


@given(VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    check(json.dumps(value).encode())


@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=12), max_size=3))
def test_any_activities_are_read(activities: list[dict[str, Any]]) -> None:
    found = read_or_refused(json.dumps(activities).encode())
    assert isinstance(found, Transcript)
    assert len(found.lines) == len(activities)


@given(st.text(max_size=70) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+(:\d+)? [+-]?\w*"))
def test_any_text_is_a_time_or_none(written: str) -> None:
    when = line(timestamp=written).when
    assert when is None or when.tzinfo is UTC
