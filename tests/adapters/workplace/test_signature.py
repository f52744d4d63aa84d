"""A webhook is taken only from Meta, and only as Meta sent it."""

import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.workplace.settings import appsecret_proof, check_body, sign_body, verify_subscription
from messages.errors import BadPayload, Unauthenticated

SECRET = "a-secret"
BODY = '{"object":"page","entry":[{"text":"Grüße"}]}'.encode()
QUERY = {"hub.mode": "subscribe", "hub.verify_token": "our-token", "hub.challenge": "1158201444"}


def test_the_signature_is_the_hex_hmac_of_the_raw_body() -> None:
    check_body(BODY, "sha256=" + hmac.new(SECRET.encode(), BODY, sha256).hexdigest(), SECRET)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha256",
        sign_body(BODY, "another secret"),
        sign_body(BODY + b" ", SECRET),
        sign_body(BODY, SECRET).removeprefix("sha256="),
        sign_body(BODY, SECRET).replace("sha256=", "sha1="),
        sign_body(BODY, SECRET) + "0",
        sign_body(BODY, SECRET)[:-1],
        "sha256=ﬀ" + "0" * 62,
        "sha256=\udcff",
    ],
)
def test_any_other_signature_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        check_body(BODY, header, SECRET)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_fits_one_body_alone(body: bytes, other: bytes) -> None:
    check_body(body, sign_body(body, SECRET), SECRET)
    if body != other:
        with pytest.raises(Unauthenticated):
            check_body(other, sign_body(body, SECRET), SECRET)


@given(st.text())
def test_no_header_raises_anything_but_a_refusal(header: str) -> None:
    with pytest.raises(Unauthenticated):
        check_body(BODY, header, SECRET)


def test_the_challenge_is_echoed_for_our_token() -> None:
    assert verify_subscription(QUERY, "our-token") == "1158201444"


@pytest.mark.parametrize("token", ["", "other", "our-token ", "tök\udcff"])
def test_another_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify_subscription(QUERY | {"hub.verify_token": token}, "our-token")


def test_without_a_token_of_ours_every_request_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        verify_subscription(QUERY | {"hub.verify_token": ""}, "")


@pytest.mark.parametrize("challenge", ["", "<script>alert(1)</script>", "1" * 257, "a b", "1\n"])
def test_a_challenge_that_is_not_a_plain_word_is_not_echoed(challenge: str) -> None:
    with pytest.raises(BadPayload):
        verify_subscription(QUERY | {"hub.challenge": challenge}, "our-token")


@pytest.mark.parametrize("mode", ["", "unsubscribe"])
def test_another_mode_is_refused(mode: str) -> None:
    with pytest.raises(BadPayload):
        verify_subscription(QUERY | {"hub.mode": mode}, "our-token")


def test_the_proof_signs_the_token_under_the_app_secret() -> None:
    assert appsecret_proof("token", SECRET) == hmac.new(SECRET.encode(), b"token", sha256).hexdigest()
