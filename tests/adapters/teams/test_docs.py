"""The page about Bot Framework code says what holds."""

import re
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from botbuilder.core import ActivityHandler, MemoryTranscriptStore, Middleware, TranscriptLoggerMiddleware, TurnContext
from multidict import CIMultiDict

from adapters.teams.botframework.adapter import AssentAdapter
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from messages.inbound import TextReceived
from tests.adapters.teams.activities import Turns, activity
from tests.adapters.teams.services import Microsoft

PAGE = Path(__file__).parents[3] / "docs" / "botframework.md"


class HelpDesk(ActivityHandler):  # type: ignore[misc]  # botbuilder has no types
    """A team's bot, which knows one word."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        if turn_context.activity.text == "ticket":
            await turn_context.send_activity("Which?")


class OurMiddleware(Middleware):  # type: ignore[misc]  # botbuilder has no types
    """A team's middleware, which says that it was there."""

    seen = 0

    async def on_turn(self, context: TurnContext, logic: Any) -> None:
        del context
        OurMiddleware.seen += 1
        await logic()


async def test_a_team_keeps_its_middleware_and_its_bot(session: aiohttp.ClientSession, services: Microsoft) -> None:
    *_, snippet = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    transcript = MemoryTranscriptStore()
    transcript.channels = {}  # botbuilder's stores share one
    names: dict[str, Any] = {
        "AssentAdapter": AssentAdapter,
        "HelpDesk": HelpDesk,
        "OurMiddleware": OurMiddleware,
        "TeamsChannel": TeamsChannel,
        "TeamsEndpoint": lambda *given, **named: TeamsEndpoint(*given, **named, loopback=True),
        "TranscriptLoggerMiddleware": TranscriptLoggerMiddleware,
        "session": session,
        "settings": TeamsSettings(connector_override=services.url),
        "time": time,
        "transcript": transcript,
    }
    exec(snippet, names)
    turns = Turns()
    for number, words in enumerate(("ticket", "hello")):
        body = activity(text=words, id=str(number))
        status, _ = await names["endpoint"].receive(orjson.dumps(body), CIMultiDict(), turns)
        assert status == 200
    assert [event.action for event in turns.seen] == [TextReceived("hello")]
    assert [call[2]["text"] for call in services.calls] == ["Which?"]
    said = names["transcript"].channels["msteams"]["a:ana"]
    assert [line.text for line in said] == ["ticket", "Which?", "hello"]
    assert OurMiddleware.seen == 2
