"""What the journal keeps of a webhook: the JSON of each of its events."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.workplace.parse import received
from tests.adapters.workplace.webhooks import event, text_event
from tests.runtime.harness import running_bot


async def test_a_turn_over_http_leaves_its_own_event_of_the_batch_in_the_journal(tmp_path: Path) -> None:
    first = text_event("Hallo, wie geht’s? 👋", mid="m_1") | {"sender": {"id": "1"}, "unknown": {"b": 1.5, "a": None}}
    second = text_event("hello", mid="m_2") | {"sender": {"id": "2"}}
    async with running_bot(tmp_path) as bot:
        for _ in range(2):
            assert (await bot.messenger(first, second))[0] == 200
        kept = [
            [turn.event.received for turn in await bot.server.store.journal("demo", f"workplace:page:{user}")]
            for user in ("1", "2")
        ]
    assert kept == [[orjson.dumps(first)], [orjson.dumps(second)]]


@pytest.mark.parametrize(
    ("kind", "held", "kept"),
    [
        (
            "optin",
            {"type": "notification_messages", "notification_messages_token": "secret", "payload": "p"},
            {"type": "notification_messages", "payload": "p"},
        ),
        ("optin", {"type": "one_time_notif_req", "one_time_notif_token": "secret"}, {"type": "one_time_notif_req"}),
        ("account_linking", {"status": "linked", "authorization_code": "secret"}, {"status": "linked"}),
        ("optin", ["no object"], ["no object"]),
    ],
)
def test_what_only_gives_somebody_access_is_left_out(kind: str, held: Any, kept: Any) -> None:
    sent = event(**{kind: held})
    assert orjson.loads(received(sent)) == event(**{kind: kept})
    assert sent == event(**{kind: held})


def test_what_is_nested_too_deeply_to_be_written_is_not_kept() -> None:
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    assert received(event(message={"mid": "m_1", "text": "hello", "nested": nested})) == b""
