"""Activities as Teams sends them, and what an endpoint makes of them.

Shapes: third-party samples, and msteams-docs for what no sample shows (installationUpdate, adaptiveCard/action, the
messages of messageBack and Action.Submit).
"""

import json
from pathlib import Path
from typing import Any

from adapters.port import TurnAnswer
from adapters.teams.parse import load, parse
from messages.inbound import InboundEvent

FIXTURES = Path(__file__).parents[3] / ".." / "shared" / "fixtures" / "botframework"
BOT = "28:bot"
PERSON = "29:ana"
SERVICE = "https://smba.trafficmanager.net/emea/"
PAYLOAD = "a1:demo:1:yes::mac"


def activity(kind: str = "message", **fields: Any) -> dict[str, Any]:
    """An activity in a personal chat; a field that is None is left out."""
    whole = {
        "type": kind,
        "id": "1",
        "timestamp": "2026-11-23T10:00:00.123Z",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": PERSON, "name": "Ana Lima", "aadObjectId": "aad-ana"},
        "recipient": {"id": BOT, "name": "Tips"},
        "conversation": {"id": "a:ana", "conversationType": "personal", "tenantId": "t1"},
        "locale": "en-GB",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def mention(account: str, written: str) -> dict[str, Any]:
    return {"type": "mention", "mentioned": {"id": account, "name": "x"}, "text": written}


def read(kind: str = "message", **fields: Any) -> InboundEvent:
    """The event of an activity, read from its bytes."""
    return read_bytes(json.dumps(activity(kind, **fields)).encode())


def read_bytes(body: bytes) -> InboundEvent:
    (event,) = parse(load(body))
    return event


def sample(name: str) -> bytes | None:
    """A third-party file, None where they are not beside the project."""
    found = sorted(FIXTURES.rglob(name))
    return found[0].read_bytes() if found else None


class Turns:
    """A handler that keeps what it was given and answers as told."""

    def __init__(self, answer: str | None = None, failure: Exception | None = None) -> None:
        self.seen: list[InboundEvent] = []
        self._answer = answer
        self._failure = failure

    async def __call__(self, event: InboundEvent) -> TurnAnswer:
        if self._failure is not None:
            raise self._failure
        self.seen.append(event)
        return TurnAnswer(answer=self._answer)
