"""A payload that was signed names its button; anything else names none."""

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messages.inbound import ButtonRef
from segment_buttons.payload import (
    ANYWHERE,
    LONGEST,
    RefusedPayload,
    form_of,
    looks_signed,
    named_by,
    sign,
    verify,
)

KEY = b"k" * 32
OTHER_KEY = b"o" * 32
YES = ButtonRef(bot="wellbeing", revision=12, button="hello-tips-yes", evidence="0123456789abcdef")

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True)
buttons = ids | st.builds("{}/{}".format, ids, st.integers(1, 9999))
subscriptions = st.builds("{}{}".format, st.sampled_from(["topic:", "sequence:"]), ids)
HEX = "0123456789abcdef"
by_number = st.builds(
    ButtonRef,
    bot=ids,
    revision=st.integers(0, 10**9),
    button=buttons,
    evidence=st.just("") | st.text(HEX, min_size=16, max_size=16),
)
by_digest = st.builds(
    ButtonRef,
    bot=ids,
    revision=st.just(0),
    button=buttons,
    evidence=st.just("") | st.text(HEX, min_size=32, max_size=32),
    digest=st.text(HEX, min_size=32, max_size=32),
    act=st.just("") | st.builds("{}{}".format, st.sampled_from("+-"), ids | st.just("*") | subscriptions),
)
refs = by_number | by_digest
NO = ButtonRef("wellbeing", 0, "hello-tips-no", "ab" * 16, "0123456789abcdef" * 2, "-tips")


def refusal(payload: str, *, bot: str = "wellbeing", keys: tuple[bytes, ...] = (KEY,)) -> str:
    with pytest.raises(RefusedPayload) as refused:
        verify(payload, bot, keys)
    return refused.value.reason


@given(refs, st.binary(min_size=1, max_size=64))
def test_what_was_signed_comes_back(ref: ButtonRef, key: bytes) -> None:
    payload = sign(ref, key)
    assert verify(payload, ref.bot, [key]) == ref
    assert len(payload) <= LONGEST
    assert payload.isascii()


@given(refs, st.data())
def test_a_payload_altered_at_any_character_is_refused(ref: ButtonRef, data: st.DataObject) -> None:
    payload = sign(ref, KEY)
    at = data.draw(st.integers(0, len(payload) - 1))
    put = data.draw(st.characters())
    assume(put != payload[at])
    assert refusal(payload[:at] + put + payload[at + 1 :], bot=ref.bot) in {"unsigned", "forged"}


@given(refs, st.data())
def test_a_payload_cut_or_lengthened_is_refused(ref: ButtonRef, data: st.DataObject) -> None:
    payload = sign(ref, KEY)
    cut = payload[: data.draw(st.integers(0, len(payload) - 1))]
    longer = payload + data.draw(st.text(string.ascii_letters + "=:", min_size=1))
    assert refusal(cut, bot=ref.bot) in {"unsigned", "forged"}
    assert refusal(longer, bot=ref.bot) in {"unsigned", "forged"}


@given(st.text())
def test_text_of_any_kind_is_no_payload(text: str) -> None:
    assert refusal(text) == "unsigned"


def test_another_bots_payload_is_foreign() -> None:
    assert refusal(sign(YES, KEY), bot="shop") == "foreign"


def test_another_key_can_not_sign() -> None:
    assert refusal(sign(YES, OTHER_KEY)) == "forged"


def test_no_key_accepts_nothing() -> None:
    assert refusal(sign(YES, KEY), keys=()) == "forged"


def test_a_payload_signed_before_the_key_changed_still_works() -> None:
    assert verify(sign(YES, OTHER_KEY), "wellbeing", [KEY, OTHER_KEY]) == YES


def test_an_over_long_payload_is_not_looked_at() -> None:
    assert refusal(sign(YES, KEY) + "A" * LONGEST) == "unsigned"


def test_the_act_that_was_signed_cannot_be_another() -> None:
    """A *Leave* that says of itself that it joins, or leaves something else, is nobody's."""
    payload = sign(NO, KEY)
    for act in ("+tips", "-news", "+*", "-*", ""):
        assert refusal(payload.replace(":-tips:", f":{act}:")) == "forged"


@pytest.mark.parametrize("act", ["tips", "-", "-tips,news", "+ti ps", "±tips", "-*x"])
def test_an_act_has_one_spelling(act: str) -> None:
    assert refusal(sign(NO, KEY).replace(":-tips:", f":{act}:")) == "unsigned"


NEWER = (
    "a5:wellbeing:0123456789abcdef:hello-tips-no:-tips:AAAAAAAAAAAAAAAAAAAAAA",
    "a12:wellbeing:{anything};v=1,2:" + "A" * 22,
    "a5:wellbeing:" + "x" * 900 + ":" + "_" * 22,
)


@pytest.mark.parametrize("payload", NEWER)
def test_a_form_that_a_later_version_made_is_told_from_what_is_no_payload(payload: str) -> None:
    assert refusal(payload) == "newer"
    assert refusal(payload, bot="shop") == "foreign"
    assert refusal(payload, keys=()) == "newer", "its key may be newer as well"


@pytest.mark.parametrize(
    "text",
    [
        "a1: is that my seat?",
        "a5: is that my seat?",
        "a5:wellbeing: is that my seat?:AAAAAAAAAAAAAAAAAAAAAA",
        "a5:wellbeing:x:short",
        "a03:wellbeing:x:AAAAAAAAAAAAAAAAAAAAAA",
        "a0:wellbeing:x:AAAAAAAAAAAAAAAAAAAAAA",
        "a99999:wellbeing:x:AAAAAAAAAAAAAAAAAAAAAA",
        "b3:wellbeing:x:AAAAAAAAAAAAAAAAAAAAAA",
        "a2:wellbeing:x:AAAAAAAAAAAAAAAAAAAAAA",
        "a5:wellbeing:" + "x" * 1000 + ":AAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_what_merely_looks_like_a_payload_is_none(text: str) -> None:
    assert refusal(text) == "unsigned"


@given(refs)
def test_what_a_payload_names_is_read_without_its_key(ref: ButtonRef) -> None:
    payload = sign(ref, KEY)
    assert named_by(payload) == ref
    assert ANYWHERE.fullmatch(payload.encode())
    assert ANYWHERE.findall(b"\xd9\x60" + payload.encode() + b"\x93 words") == [payload.encode()]


def test_a_payload_spelt_with_look_alike_letters_is_refused() -> None:
    wide = sign(YES, KEY).replace("wellbeing", "ｗellbeing")
    assert refusal(wide) == "unsigned"


def test_a_revision_has_one_spelling() -> None:
    """Other digits, signs or leading zeros would make several payloads of one button."""
    for revision in ("012", "+12", "١٢", "-1", ""):
        assert refusal(sign(YES, KEY).replace(":12:", f":{revision}:")) == "unsigned"


@pytest.mark.parametrize("ref", [ButtonRef("a:b", 1, "x"), ButtonRef("a", -1, "x"), ButtonRef("a", 1, "é")])
def test_what_no_flow_can_hold_is_not_signed(ref: ButtonRef) -> None:
    with pytest.raises(ValueError, match="can be signed"):
        sign(ref, KEY)


@pytest.mark.parametrize(
    ("payload", "form"),
    [("a1:x", 1), ("a2:x", 2), ("a27:x", 27), ("a0:x", 0), ("b1:x", 0), ("a:x", 0), (" a1:x", 0), ("a12345:x", 0)],
)
def test_the_form_is_the_number_behind_the_a(payload: str, form: int) -> None:
    assert form_of(payload) == form


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("a1:demo:1:hello/1::" + "m" * 22, True),
        ("a1:demo:1:hello/1::cut", True),
        ("a1: is that my seat?", False),
        ("a1:b:c:d", False),
        ("one:two:three:four:five:six", False),
        ("a1:b:c:d:e:f g", False),
    ],
)
def test_words_are_no_payload(text: str, *, signed: bool) -> None:
    assert looks_signed(text) is signed


@pytest.mark.parametrize(("act", "form"), [("+tips", 2), ("-*", 2), ("+topic:news", 4), ("-sequence:course", 4)])
def test_a_payload_about_a_topic_or_a_sequence_has_a_form_of_its_own(act: str, form: int) -> None:
    """A version that reads form 2 alone puts it off, where it took it for no payload otherwise."""
    payload = sign(ButtonRef("wellbeing", 0, "yes", digest=HEX * 2, act=act), KEY)
    assert form_of(payload) == form
    assert re.fullmatch(r"a[0-9]+:wellbeing:[!-~]+:[A-Za-z0-9_-]{22}", payload)
    assert ANYWHERE.fullmatch(payload.encode())


@pytest.mark.parametrize("act", ["", "+tips", "-*", "-topic:news"])
def test_what_was_signed_looks_signed_in_each_form(act: str) -> None:
    by_digest = ButtonRef(bot="wellbeing", revision=0, button="yes", evidence=HEX, digest=HEX * 2, act=act)
    assert looks_signed(sign(by_digest, KEY))
    assert looks_signed(sign(YES, KEY))


def test_every_channel_takes_a_payload_of_this_length() -> None:
    assert LONGEST == 400
