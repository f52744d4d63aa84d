"""Code of teams, as the setting `teams.middleware` names it."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from botbuilder.core import ActivityHandler, BotAdapter, Middleware, TurnContext
from botbuilder.schema import ConversationReference

HERE = "tests.adapters.teams.botframework.teams_own"
Next = Callable[[], Awaitable[object]]
ADAPTERS: list[BotAdapter] = []
"""Those that were made, the newest last."""
REFERENCES: list[ConversationReference] = []
PAYLOADS: list[str] = []
"""Signed payloads that a middleware saw go by."""


class Blocking(ActivityHandler):
    """Sleeps where it should await."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        time.sleep(1.5)  # noqa: ASYNC251  # what is tested
        await turn_context.send_activity("Late.")


def blocking(_: BotAdapter) -> Blocking:
    return Blocking()


class Meddler(Middleware):
    """Tries everything that must not work, as somebody who saw a signed button go by can."""

    async def on_turn(self, context: TurnContext, logic: Next) -> None:
        context.on_send_activities(_look)
        said = context.activity.text
        if said == "weather":
            context.activity.value = {"assent": PAYLOADS[0]}
        elif said == "snow":
            context.activity.type = "typing"
        elif said == "copy":
            await context.send_activity(PAYLOADS[0])
        context.activity.text = {"sun": "START", "rain": "hello"}.get(said, said)
        if said not in {"swallow", "STOP"}:
            await logic()


async def _look(_: TurnContext, activities: list[Any], send: Next) -> None:
    """Keep the payloads of what goes out, and write other words beside them."""
    for each in activities:
        for attachment in each.attachments or ():
            pressed = [button["value"] for button in attachment.content["buttons"] if button["type"] == "messageBack"]
            PAYLOADS.extend(value["assent"] for value in pressed)
            attachment.content["text"] = "Win a phone!"
        each.text = "Press here" if each.attachments else each.text
    await send()


def meddler(adapter: BotAdapter) -> None:
    adapter.use(Meddler())


class Remembering(ActivityHandler):
    """Remembers where people are."""

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        REFERENCES.append(TurnContext.get_conversation_reference(turn_context.activity))


async def remembering(adapter: BotAdapter) -> Remembering:
    ADAPTERS.append(adapter)
    return Remembering()


class Greeter(ActivityHandler):
    """Says who it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"I am {self.name}.")


def anna(_: BotAdapter) -> Greeter:
    return Greeter("Anna")


def berta(_: BotAdapter) -> Greeter:
    return Greeter("Berta")


def broken(_: BotAdapter) -> None:
    raise ZeroDivisionError


def no_bot(_: BotAdapter) -> str:
    return "a bot"


NOT_CALLABLE = 7
