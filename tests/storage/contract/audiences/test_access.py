"""Tokens of the API by their digest, and answers kept under idempotency keys."""

from datetime import timedelta

from storage.audience_records import ApiToken, KeptAnswer, Role
from storage.port import Store
from tests.storage.contract.audiences.people import AT

OPS = ApiToken("t1", "crm", Role.OPS, "d1", AT, "ann", bots=("wellbeing",), expires_at=AT + timedelta(days=9))
VIEWER = ApiToken("t2", "board", Role.VIEWER, "d2", AT, "ann")
REQUEST = "5e55"


async def test_a_token_is_found_by_its_digest_alone(store: Store) -> None:
    await store.add_token(OPS)
    await store.add_token(VIEWER)
    assert list(await store.tokens()) == [OPS, VIEWER]
    assert await store.token_with("d1") == OPS
    assert await store.token_with("t1") is None
    assert await store.token_with("d") is None


async def test_a_token_is_revoked_once_and_stays_listed(store: Store) -> None:
    await store.add_token(OPS)
    revoked = await store.revoke_token("t1", AT)
    assert revoked is not None
    assert revoked.revoked_at == AT
    assert await store.revoke_token("t1", AT + timedelta(hours=1)) == revoked
    assert await store.token_with("d1") == revoked
    assert list(await store.tokens()) == [revoked]
    assert await store.revoke_token("t9", AT) is None


async def test_a_key_is_one_requests_until_it_is_let_go(store: Store) -> None:
    assert await store.begin_request("t1", "k", REQUEST, AT) is None
    assert await store.begin_request("t1", "k", "other", AT) == KeptAnswer(REQUEST, AT)
    assert await store.begin_request("t2", "k", REQUEST, AT) is None
    await store.drop_request("t1", "k")
    assert await store.begin_request("t1", "k", "other", AT) is None


async def test_the_answer_is_kept_as_it_was_given(store: Store) -> None:
    await store.begin_request("t1", "k", REQUEST, AT)
    answer = KeptAnswer(REQUEST, AT, 201, b'{"id": "c-1"}', (("Location", "/c-1"),))
    await store.end_request("t1", "k", answer)
    assert await store.begin_request("t1", "k", REQUEST, AT) == answer


async def test_answers_are_forgotten_with_what_is_old(store: Store) -> None:
    await store.begin_request("t1", "old", REQUEST, AT - timedelta(days=3))
    await store.begin_request("t1", "new", REQUEST, AT)
    await store.prune(AT, timedelta(days=1))
    assert await store.begin_request("t1", "old", "other", AT) is None
    assert await store.begin_request("t1", "new", "other", AT) is not None
