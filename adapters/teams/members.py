"""Teams' roster: who the person of a conversation is (Teams: get Teams-specific context for your bot).

Rate limits are per bot and thread: 14 questions in 1 s, 16 in 2 s, 120 in 30 s, 3,600 in an hour (Teams: optimise your
bot with rate limiting). Another holds for the app and tenant together, sends included: 30 a second.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from adapters.directory import NotFound, Profile
from adapters.pace import Pace
from adapters.teams.connector import TeamsChannel
from adapters.teams.graph import MicrosoftGraph, sign_in_address
from adapters.teams.parse import CHANNEL
from adapters.told import full_name, told, told_address, told_id, told_locale, told_object
from messages.errors import ContactUnreachable, DeliveryError, RateLimited, TemporarilyFailed, Undeliverable
from messages.handles import Handle, HandleKind
from messages.import_rows import Reason
from messages.reference import ConversationReference

THREAD_PER_SECOND: Final = 0.95
THREAD_BURST: Final = 10
"""With the rate above under each of the four limits of a thread: 3,430 in an hour, 38 in 30 s, 11 in 2 s."""

BOT_PER_SECOND: Final = 10.0
BOT_BURST: Final = 10
"""A third of what app and tenant may do together; the rest is for replies."""

_THREADS: Final = 10_000
"""Threads whose pace is remembered."""

TURN_IT_ON: Final = "set bots.<bot>.teams.directory to graph to look people up in Microsoft Graph"


class TeamsDirectory:
    """`adapters.directory.Directory` over the connector, and Microsoft Graph where it is turned on."""

    name = CHANNEL

    def __init__(
        self,
        channel: TeamsChannel,
        graph: MicrosoftGraph | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._graph = graph
        self._monotonic = monotonic
        self._sleep = sleep
        self._bot = Pace(BOT_PER_SECOND, BOT_BURST, monotonic=monotonic, sleep=sleep)
        self._threads: OrderedDict[str, Pace] = OrderedDict()

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person is; Microsoft Graph adds what the roster leaves out, unless it fails."""
        if not reference.conversation:
            return NotFound(Reason.UNKNOWN, "there is no conversation with this person yet")
        await self._thread(reference.conversation).wait()
        await self._bot.wait()
        try:
            body = await self._channel.member(reference)
        except ContactUnreachable as error:
            return NotFound(Reason.NOT_IN_GROUPS, f"the bot is not in the conversation: {error.reason}")
        except Undeliverable as error:
            return NotFound(Reason.UNKNOWN, error.reason)
        except RateLimited as error:
            if error.retry_after:
                self._thread(reference.conversation).pause(error.retry_after)
            raise
        member = member_of(body)
        if self._graph is None or not member.aad_object_id:
            return member
        try:
            more = await self._graph.look_up(Handle(HandleKind.AAD, member.aad_object_id.lower()))
        except DeliveryError:
            return member
        return member if isinstance(more, NotFound) else both(member, more)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Find somebody of the organisation in Microsoft Graph."""
        if self._graph is None:
            return NotFound(Reason.NO_PERMISSION, TURN_IT_ON)
        return await self._graph.look_up(handle)

    async def close(self) -> None:
        """Give up what waits for a token. The channel is its owner's."""
        if self._graph is not None:
            await self._graph.close()

    def _thread(self, conversation: str) -> Pace:
        pace = self._threads.pop(conversation, None)
        if pace is None:
            pace = Pace(THREAD_PER_SECOND, THREAD_BURST, monotonic=self._monotonic, sleep=self._sleep)
        self._threads[conversation] = pace
        while len(self._threads) > _THREADS:
            self._threads.popitem(last=False)
        return pace


def member_of(body: bytes) -> Profile:
    """Return what the connector tells of a member. Raises TemporarilyFailed for what is no member.

    Anonymous people of a meeting have neither object id nor address.
    """
    member = told_object(body)
    if member is None or not told(member.get("id"), 1024):
        raise TemporarilyFailed("Teams' answer is no member of a conversation")
    given, family = told(member.get("givenName")), told(member.get("surname"))
    return Profile(
        name=full_name(member.get("name"), given, family),
        given_name=given,
        family_name=family,
        email=told_address(member.get("email")) or sign_in_address(member.get("userPrincipalName")),
        language=told_locale(member.get("locale")),
        aad_object_id=told_id(member.get("objectId")) or told_id(member.get("aadObjectId")),
    )


def both(first: Profile, second: Profile) -> Profile:
    """Return what the first tells, and what the second tells where the first is silent."""
    silent = {name: getattr(second, name) for name in second.__struct_fields__ if not getattr(first, name)}
    return msgspec.structs.replace(first, **silent)
