"""A bot as the Bot Framework's own samples have it: it welcomes, echoes, counts and remembers a name.

Nothing in it knows Assent. `make` is the one function that the setting names: `teams.middleware = "welcome_bot:make"`.
"""

from botbuilder.core import (
    ActivityHandler,
    BotAdapter,
    ConversationState,
    MemoryStorage,
    MemoryTranscriptStore,
    MessageFactory,
    MiddlewareSet,
    TranscriptLoggerMiddleware,
    TurnContext,
    UserState,
)
from botbuilder.schema import ChannelAccount

TRANSCRIPT = MemoryTranscriptStore()


class WelcomeBot(ActivityHandler):
    """Answers what begins with *echo*, asks for a name after *my name is*; leaves the rest to the flow."""

    def __init__(self, conversation_state: ConversationState, user_state: UserState) -> None:
        self._conversation_state = conversation_state
        self._user_state = user_state
        self._turns = conversation_state.create_property("turns")
        self._name = user_state.create_property("name")

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Save what changed, at the end of each turn."""
        await super().on_turn(turn_context)
        await self._conversation_state.save_changes(turn_context)
        await self._user_state.save_changes(turn_context)

    async def on_members_added_activity(self, members_added: list[ChannelAccount], turn_context: TurnContext) -> None:
        """Welcome who came."""
        for member in members_added:
            if member.id != turn_context.activity.recipient.id:
                await turn_context.send_activity("Hello and welcome!")

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Echo, count, remember."""
        text = (turn_context.activity.text or "").strip()
        if text.lower() == "fail":
            raise ValueError("this was asked for")
        if text.lower().startswith("my name is "):
            await self._name.set(turn_context, text[11:])
            await turn_context.send_activity("I'll remember that.")
        elif text.lower().startswith("echo "):
            count = await self._turns.get(turn_context, lambda: 0) + 1
            await self._turns.set(turn_context, count)
            name = await self._name.get(turn_context, lambda: "you")
            await turn_context.send_activity(MessageFactory.text(f"{count}: {name} said “{text[5:]}”"))


async def on_error(context: TurnContext, error: Exception) -> None:
    """Tell the person that something went wrong."""
    del error
    await context.send_activity("The bot encountered an error or bug.")


def make(adapter: BotAdapter) -> WelcomeBot:
    """Register the middleware and return the bot."""
    adapter.use(MiddlewareSet().use(TranscriptLoggerMiddleware(TRANSCRIPT)))
    adapter.on_turn_error = on_error
    storage = MemoryStorage()
    return WelcomeBot(ConversationState(storage), UserState(storage))
