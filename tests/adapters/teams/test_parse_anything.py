"""Whatever comes in place of an activity: it is read, or refused with a reason; nothing else."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.parse import load, parse
from messages.codec import RecordDecoder, encode
from messages.errors import BadPayload
from messages.inbound import InboundEvent
from tests.adapters.teams.activities import BOT, FIXTURES, PAYLOAD, activity, mention

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, width=32)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
WHOLE: list[dict[str, Any]] = [
    activity(
        text="<at>Tips</at> stop",
        value={"assent": PAYLOAD},
        entities=[mention(BOT, "<at>Tips</at>")],
        attachments=[{"contentType": "text/html", "content": "<p>stop</p>", "contentUrl": "u", "name": "n"}],
        channelData={"tenant": {"id": "t"}, "team": {"id": "x"}, "eventType": "e"},
        replyToId="7",
    ),
    activity("invoke", name="adaptiveCard/action", value={"action": {"title": "Yes", "data": {"assent": PAYLOAD}}}),
    activity("conversationUpdate", membersAdded=[{"id": BOT}], membersRemoved=[{"id": "x"}]),
    activity("messageReaction", reactionsAdded=[{"type": "like"}], reactionsRemoved=[{"type": "sad"}]),
    activity("installationUpdate", action="add"),
]
decode = RecordDecoder[InboundEvent](InboundEvent)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, entry in inner for place in places(entry, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An activity with other JSON at some of its places."""
    whole: Any = copy.deepcopy(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([place for place in places(whole) if place]))
        holder = whole
        for key in way:
            holder = holder[key]
        holder[last] = draw(JSON)
        if not places(whole)[1:]:
            break
    return whole


def try_to_read(body: bytes) -> None:
    """Read a body as the endpoint does; what comes out can be stored."""
    try:
        events = parse(load(body))
    except BadPayload:
        return
    for event in events:
        assert decode(encode(event)) == event
        assert event.event_id
        assert event.reference.user


@given(mutated())
def test_activities_with_anything_anywhere(whole: Any) -> None:
    try_to_read(orjson.dumps(whole))


@given(JSON)
def test_any_json(value: Any) -> None:
    try_to_read(orjson.dumps(value))


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    try_to_read(body)


@given(st.sampled_from(["text/html", "xml"]), st.text(alphabet='<>/ab &;#9"=\n \u00a0', max_size=60))
def test_any_markup(form: str, marked: str) -> None:
    html = [{"contentType": "text/html", "content": marked}]
    text = marked if form == "xml" else None
    try_to_read(orjson.dumps(activity(text=text, textFormat="xml", attachments=html)))


def test_every_third_party_file_cut_short() -> None:
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file()]
    if not files:
        pytest.skip("no third-party samples beside the project")
    for path in files:
        body = path.read_bytes()
        for length in range(0, len(body), max(1, len(body) // 20)):
            try_to_read(body[:length])
