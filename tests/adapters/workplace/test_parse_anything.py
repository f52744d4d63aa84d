"""Whatever arrives, parsing gives events and reasons or says that it is no webhook; it never breaks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from adapters.workplace.parse import Parsed, parse
from messages.errors import BadPayload
from messages.inbound import Scope, TextReceived
from tests.adapters.workplace.webhooks import NOW_MS, event, text_event
from tests.examples import examples

SAMPLES = Path(__file__).parents[3] / ".." / "shared" / "fixtures" / "messenger"

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
NAMES = st.sampled_from(
    [
        *("sender", "recipient", "timestamp", "thread", "id", "community", "message", "mid", "text", "attachments"),
        *("quick_reply", "payload", "type", "url", "title", "coordinates", "lat", "long", "mentions", "offset"),
        *("length", "is_echo", "is_deleted", "is_unsupported", "reply_to", "postback", "referral", "ref", "optin"),
        *("reaction", "emoji", "action", "message_edit", "num_edit", "read", "delivery"),
    ]
)
NEARLY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=30
)
WEBHOOKS = st.fixed_dictionaries(
    {
        "object": st.sampled_from(["page", "instagram", "workplace", "user"]),
        "entry": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "id": SCALARS,
                    "time": SCALARS,
                    "messaging": st.lists(NEARLY, max_size=3) | NEARLY,
                    "standby": st.lists(NEARLY, max_size=3) | NEARLY,
                    "changes": NEARLY,
                },
            )
            | NEARLY,
            max_size=3,
        )
        | NEARLY,
    }
)

RELAXED = examples(200)


def parse_or_refuse(raw: bytes) -> Parsed | None:
    try:
        parsed = parse(raw)
    except BadPayload:
        return None
    for read in parsed.events:
        assert read.event_id
        assert read.reference.user
    return parsed


@RELAXED
@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    parse_or_refuse(raw)


@RELAXED
@given(ANYTHING)
def test_any_json(value: Any) -> None:
    parse_or_refuse(json.dumps(value).encode())


@RELAXED
@given(WEBHOOKS)
def test_anything_that_looks_like_a_webhook(webhook: Any) -> None:
    parsed = parse_or_refuse(json.dumps(webhook).encode())
    assert parsed is None or parsed == parse(json.dumps(webhook).encode())


@RELAXED
@given(NEARLY)
def test_any_event_leaves_its_neighbours_alone(bad: Any) -> None:
    entry = {"id": "7", "time": NOW_MS, "messaging": [text_event(mid="m_1"), bad, text_event(mid="m_2")]}
    parsed = parse(json.dumps({"object": "page", "entry": [entry]}).encode())
    ids = [read.event_id for read in parsed.events]
    assert ids[0] == "m_1"
    assert ids[-1] == "m_2"
    assert len(parsed.events) + len(parsed.refused) + len(parsed.dropped) == 3


@RELAXED
@given(st.dictionaries(NAMES, NEARLY, max_size=4))
def test_any_field_of_an_event_may_be_anything(odd: dict[str, Any]) -> None:
    parse_or_refuse(json.dumps({"object": "page", "entry": [{"messaging": [event() | odd]}]}).encode())


SAID: dict[str, dict[str, Any]] = {
    "message": {"mid": "m_1", "text": "STOP"},
    "postback": {"mid": "m_1", "title": "STOP", "payload": "MENU"},
    "message_edit": {"mid": "m_1", "text": "STOP", "num_edit": 1},
}
BESIDE = st.dictionaries(
    NAMES.filter(lambda name: name not in {*SAID, "sender", "referral", "optin"}), NEARLY | ANYTHING, max_size=6
)
WITHIN = st.dictionaries(
    st.sampled_from(
        [
            *("mid", "attachments", "quick_reply", "payload", "reply_to", "mentions", "is_unsupported", "is_echo"),
            *("is_deleted", "num_edit", "nlp", "tags"),
        ]
    ),
    NEARLY | ANYTHING,
    max_size=6,
)


@RELAXED
@given(st.sampled_from(sorted(SAID)), BESIDE, WITHIN, st.sampled_from(["messaging", "standby"]))
def test_whatever_stands_beside_a_stop_it_is_a_stop_of_that_person(
    kind: str, beside: dict[str, Any], within: dict[str, Any], field: str
) -> None:
    """Only what Meta says in so many words takes a message away: an echo, a deletion, a button of ours."""
    within = {name: held for name, held in within.items() if held is not True and held != "GET_STARTED"}
    said = event() | beside | {"sender": {"id": "42"}, kind: SAID[kind] | within}
    entry = {"id": "7", "time": NOW_MS, field: [text_event(mid="m_0"), said, text_event(mid="m_2")]}
    parsed = parse(json.dumps({"object": "page", "entry": [entry]}).encode())
    assert len(parsed.events) == 3
    read = parsed.events[1]
    assert read.reference.user == "42"
    assert isinstance(read.action, TextReceived)
    assert read.action.text == "STOP"
    assert (read.reference.scope is Scope.PERSONAL) is (beside.get("thread") is None)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@RELAXED
@given(st.data())
def test_a_third_party_sample_with_any_one_place_changed(data: st.DataObject) -> None:
    samples = sorted(SAMPLES.rglob("*.json")) or [None]
    sample = data.draw(st.sampled_from(samples))
    webhook = orjson.loads(sample.read_bytes().removeprefix(b"\xef\xbb\xbf")) if sample else {"object": "page"}
    path = data.draw(st.sampled_from(list(places(webhook))))
    parse_or_refuse(json.dumps(put(webhook, path, data.draw(NEARLY))).encode())
