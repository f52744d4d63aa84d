"""Whatever comes in place of an activity: a team's middleware and bot get values of the types that they expect."""

import asyncio
from typing import Any

import aiohttp
import orjson
from botbuilder.core import ActivityHandler, TranscriptLoggerMiddleware, TurnContext
from botbuilder.schema import Activity
from hypothesis import given

from adapters.teams.botframework.adapter import AssentAdapter
from adapters.teams.connector import TeamsChannel
from adapters.teams.endpoint import TeamsEndpoint
from adapters.teams.settings import TeamsSettings
from tests.adapters.teams.activities import Turns
from tests.adapters.teams.test_parse_anything import mutated


class Transcript:
    """Keeps nothing."""

    async def log_activity(self, activity: Activity) -> None:
        """Keep nothing."""


class Desk(ActivityHandler):
    """A bot that looks at what bots look at."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        heard = turn_context.activity
        said = [(heard.text or "").strip(), (heard.locale or "").lower(), heard.from_property.name or ""]
        said += [(each.content_type or "").lower() for each in heard.attachments or []]
        said += [each.type or "" for each in heard.entities or []]
        said += [heard.timestamp.isoformat()] if heard.timestamp else []
        "".join(said)


async def status_of(whole: object) -> int:
    settings = TeamsSettings(connector_override="http://127.0.0.1:9")
    async with aiohttp.ClientSession() as session:
        adapter = AssentAdapter(TeamsChannel(settings, session), bot=Desk())
        adapter.use(TranscriptLoggerMiddleware(Transcript()))
        endpoint = TeamsEndpoint(settings, session, now=lambda: 0.0, loopback=True, pipeline=adapter)
        status, _ = await endpoint.receive(orjson.dumps(whole), {}, Turns())
    return status


@given(mutated())
def test_an_activity_with_anything_anywhere_is_handled_or_refused(whole: Any) -> None:
    assert asyncio.run(status_of(whole)) in {200, 400, 412, 501}
