"""The JSON of a body: one odd spot in it costs nothing of what stands beside it."""

import contextlib
import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.json_body import DEEPEST, load_json
from messages.errors import BadPayload
from tests.steps import HANGS

BACKSLASH = "\\"

ODD = {
    "a high surrogate alone": (rb"cut \ud83d", "cut \ufffd"),
    "a low surrogate alone": (rb"\udE00 cut", "\ufffd cut"),
    "two high surrogates": (rb"\ud83d\ud83d", "\ufffd\ufffd"),
    "a pair after a lone one": (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    "a pair": (rb"\ud83d\ude00", "\U0001f600"),
    "surrogates the wrong way round": (rb"\ude00\ud83d", "\ufffd\ufffd"),
    "a surrogate that is escaped itself": (rb"\\ud83d", BACKSLASH + "ud83d"),
    "an escape that JSON does not know": (rb"C:\path", "C:\\path"),
    "an apostrophe as JavaScript writes it": (rb"j\'arr\u00eate", "j'arrête"),
    "an escape of too few digits": (rb"\u12", BACKSLASH + "u12"),
    "good escapes beside a bad one": (rb"\p \" \\ \/ \n \u00e9", '\\p " \\ / \n é'),
    "a surrogate as bytes": (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),
    "bytes that are no UTF-8": (b"caf\xe9", "caf\ufffd"),
    "a line break as it is": (b"one\ntwo", "one\ntwo"),
    "NUL": (rb"\u0000", "\0"),
    "NUL as it is": (b"\0", "\0"),
    "a bracket within": (rb"\p ]}[{ NaN 1e999", "\\p ]}[{ NaN 1e999"),
}


@pytest.mark.parametrize(("written", "read"), ODD.values(), ids=ODD)
def test_an_odd_text_is_mended_and_all_beside_it_is_read(written: bytes, read: str) -> None:
    beside = b'{"odd": "' + written + b'", "text": "stop", "more": [1, {"x": "\\""}]}'
    assert load_json(beside) == {"odd": read, "text": "stop", "more": [1, {"x": '"'}]}
    assert load_json(b'{"' + written + b'": 1, "text": "stop"}') == {read: 1, "text": "stop"}
    orjson.dumps(load_json(beside))


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1E+400", b"9" * 400])
def test_a_number_beyond_a_double_is_null(number: bytes) -> None:
    assert load_json(b'{"odd": ' + number + b', "text": "stop"}') == {"odd": None, "text": "stop"}
    assert load_json(b"[" + number + b"]") == [None]


def test_a_whole_number_of_many_digits_is_read_as_far_as_a_double_goes() -> None:
    assert load_json(b"[" + b"1" * 30 + b"]") == [pytest.approx(1.1111111111e29)]


def test_a_byte_order_mark_is_passed_over_and_the_last_of_two_names_counts() -> None:
    assert load_json(b'\xef\xbb\xbf{"text": "hi", "text": "stop"}') == {"text": "stop"}


@pytest.mark.parametrize("depth", [DEEPEST - 1, DEEPEST, DEEPEST + 1, 1023, 1024, 5000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_what_is_nested_deeply_becomes_null_and_its_neighbours_stay(depth: int, opening: bytes, closing: bytes) -> None:
    within = load_json(b'{"odd": ' + opening * depth + b'"x"' + closing * depth + b', "text": "stop"}')
    assert within["text"] == "stop"
    levels, value = 0, within["odd"]
    while isinstance(value, (dict, list)):
        levels, value = levels + 1, value["a"] if isinstance(value, dict) else value[0]
    assert (levels, value) == ((depth, "x") if depth < DEEPEST else (DEEPEST - 1, None))


@pytest.mark.parametrize(
    "body",
    [b"", b"stop", b'{"text": "sto', b'{"text" "stop"}', b'{"a": "\\', b'["a",]', b"{}{}", b"[01]", b"]", b"\xff"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match="the body is not JSON"):
        load_json(body)


TEXT = st.text(st.characters() | st.characters(categories=["Cs"]) | st.sampled_from('"\\/{}[]u\0\n'), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_whatever_the_standard_library_writes_is_read(value: Any, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if ascii_only:
        assert repr(load_json(written)) == repr(encodable(json.loads(written)))
    else:
        orjson.dumps(load_json(written))


def encodable(value: Any) -> Any:
    """A value as Python's own reader has it, without what can't be encoded."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case float() if not math.isfinite(value):
            return None
        case list():
            return [encodable(inner) for inner in value]
        case dict():
            return {encodable(name): encodable(inner) for name, inner in value.items()}
    return value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(BadPayload):
        orjson.dumps(load_json(body))


@pytest.mark.parametrize(
    "piece", [b'"', b"\\", b'\\"', b'"\\"', b"[", b'{"a":', b"\\u", b'\\ud83d"', b"9", b"1e", b"-", b"NaN", b"\x01"]
)
@pytest.mark.timeout(HANGS)
def test_a_megabyte_of_anything_takes_time_in_proportion(piece: bytes) -> None:
    """A megabyte is what a server reads; work that grew with its square would take minutes."""
    with pytest.raises(BadPayload):
        load_json(b'["' + piece * (1_000_000 // len(piece)))
    with pytest.raises(BadPayload):
        load_json(b"[" + piece * (1_000_000 // len(piece)) + b" !")
