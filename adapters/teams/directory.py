"""Teams' roster: who the person of a conversation is (Teams: get Teams-specific context for your bot).

Rate limits are per bot and thread: 14 questions in 1 s, 16 in 2 s, 120 in 30 s, 3,600 in an hour (Teams: optimise your
bot with rate limiting). Another holds for the app and tenant together, sends included: 30 a second.

Microsoft Graph: who somebody of the organisation is, and whether they are still there.

Fields, filters and errors after learn.microsoft.com, "Get a user", "List users", "List deletedItems" and "Microsoft
Graph error responses". All of it is within the application permission `User.Read.All`.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from aiohttp import ClientSession

from adapters.directories import Pace, address_of, full_name, id_of, json_object, language_of, one_line
from adapters.exchange import Answer, ask, retry_after
from adapters.port import NotFound, Profile
from adapters.teams.activity import mapping, sequence, short
from adapters.teams.connector import TeamsChannel
from adapters.teams.parse import CHANNEL
from adapters.teams.settings import TeamsSettings
from adapters.teams.tokens import TokenClient
from messages.addresses import Handle, HandleKind
from messages.errors import ContactUnreachable, DeliveryError, RateLimited, TemporarilyFailed, Undeliverable
from messages.import_rows import Reason
from messages.inbound import ConversationReference

FIELDS: Final = (
    "id,displayName,givenName,surname,mail,userPrincipalName,mobilePhone,businessPhones,preferredLanguage,"
    "country,usageLocation,employeeId,accountEnabled"
)
PER_SECOND: Final = 25.0
"""Questions. Graph lets one app ask some 3,500 of a small tenant in 10 s; others of its own use count too."""
_BURST: Final = 25

NO_TENANT: Final = "set the bot's tenant: Microsoft Graph is asked within one organisation"
NO_PERMISSION: Final = "give the app the permission User.Read.All (application) and have an administrator consent to it"
DISABLED: Final = "the account is disabled"
DELETED: Final = "the account was deleted"


class MicrosoftGraph:
    """Looks people up in one tenant, as the bot's app. Raises RateLimited and TemporarilyFailed."""

    def __init__(
        self,
        settings: TeamsSettings,
        session: ClientSession,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._session = session
        scope = f"{settings.graph.rstrip('/')}/.default"
        self._tokens = (
            TokenClient(settings, session, scope=scope, monotonic=monotonic)
            if settings.app_id and settings.tenant
            else None
        )
        self._may_ask = self._tokens is not None or bool(settings.connector_override)
        self._pace = Pace(PER_SECOND, _BURST, monotonic=monotonic, sleep=sleep)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Find somebody by object id, by any of their addresses, or by an external id: Graph's `employeeId`."""
        match handle.kind:
            case HandleKind.AAD:
                return await self._with_id(handle.key)
            case HandleKind.EMAIL:
                text = _quoted(handle.key)
                found = await self._users(
                    f"mail eq {text} or userPrincipalName eq {text} "
                    f"or proxyAddresses/any(p:p eq {_quoted('smtp:' + handle.key)})"
                )
                return await self._one(found, f"mail eq {text}")
            case HandleKind.EXTERNAL_ID:
                text = _quoted(handle.key)
                found = await self._users(f"employeeId eq {text}")
                if not isinstance(found, NotFound):
                    # Graph compares without regard to case; ids differ by it.
                    found = [user for user in found if user.get("employeeId") == handle.key]
                return await self._one(found, f"employeeId eq {text}")
            case _:
                return NotFound(Reason.UNKNOWN, "Microsoft Graph knows no accounts of channels")

    async def close(self) -> None:
        """Give up what waits for a token; the session is its owner's."""
        if self._tokens is not None:
            await self._tokens.close()

    async def _with_id(self, key: str) -> Profile | NotFound:
        user = await self._get(f"users/{quote(key, safe='')}", {"$select": FIELDS})
        if isinstance(user, NotFound):
            if user.reason is not Reason.UNKNOWN:
                return user
            left = await self._get(f"directory/deletedItems/{quote(key, safe='')}", {"$select": "id"})
            return user if isinstance(left, NotFound) else NotFound(Reason.LEFT, DELETED)
        return profile_of(user)

    async def _one(self, found: Sequence[Mapping[str, Any]] | NotFound, deleted: str) -> Profile | NotFound:
        """Make an answer of those who fit; if nobody does, ask whether somebody was `deleted` in the last 30 days."""
        if isinstance(found, NotFound):
            return found
        there = [user for user in found if user.get("accountEnabled") is not False]
        if len(there) > 1:
            return NotFound(Reason.AMBIGUOUS, "several accounts of the organisation fit")
        if found:
            return profile_of((there or found)[0])
        left = await self._users(deleted, "directory/deletedItems/microsoft.graph.user")
        gone = not isinstance(left, NotFound) and left
        return NotFound(Reason.LEFT, DELETED) if gone else NotFound(Reason.UNKNOWN)

    async def _users(self, condition: str, where: str = "users") -> Sequence[Mapping[str, Any]] | NotFound:
        answer = await self._get(where, {"$filter": condition, "$select": FIELDS, "$top": "3"})
        if isinstance(answer, NotFound):
            return answer
        listed = answer.get("value")
        if not isinstance(listed, list):
            raise TemporarilyFailed("Microsoft Graph's answer is not a list of users")
        return [mapping(user) for user in sequence(listed)]

    async def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any] | NotFound:
        if not self._may_ask:
            return NotFound(Reason.NO_PERMISSION, NO_TENANT)
        await self._pace.wait()
        url = f"{self._settings.graph.rstrip('/')}/v1.0/{path}"
        answer = await self._authorised(url, query)
        if answer.status == 429 or (answer.status == 503 and "Retry-After" in answer.headers):
            wait = retry_after(answer.headers)
            if wait:
                self._pace.pause(wait)
            raise RateLimited("Microsoft Graph asks for a pause", wait, everywhere=True)
        return _meaning(answer)

    async def _authorised(self, url: str, query: Mapping[str, str]) -> Answer:
        if self._tokens is None:
            return await self._ask(url, query, {})
        token = await self._tokens.token()
        answer = await self._ask(url, query, {"Authorization": f"Bearer {token}"})
        if answer.status == 401 and (other := await self._tokens.instead_of(token)) != token:
            answer = await self._ask(url, query, {"Authorization": f"Bearer {other}"})
        return answer

    async def _ask(self, url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        timeout = self._settings.timeout
        return await ask(self._session, url, query=query, headers=headers, seconds=timeout, service="Microsoft Graph")


def profile_of(user: Mapping[str, Any]) -> Profile | NotFound:
    """Return what Graph tells of a user. Raises TemporarilyFailed for what is no user."""
    account = id_of(user.get("id"))
    if not account:
        raise TemporarilyFailed("Microsoft Graph's answer is not a user")
    if user.get("accountEnabled") is False:
        return NotFound(Reason.LEFT, DISABLED)
    given, family = one_line(user.get("givenName")), one_line(user.get("surname"))
    phones = [one_line(phone, 64) for phone in (user.get("mobilePhone"), *sequence(user.get("businessPhones")))]
    return Profile(
        name=full_name(user.get("displayName"), given, family),
        given_name=given,
        family_name=family,
        email=address_of(user.get("mail")) or sign_in_address(user.get("userPrincipalName")),
        phone=next(filter(None, phones), ""),
        language=language_of(user.get("preferredLanguage")),
        country=one_line(user.get("usageLocation"), 64) or one_line(user.get("country"), 128),
        aad_object_id=account,
        external_id=id_of(user.get("employeeId")),
    )


def sign_in_address(found: object) -> str:
    """Return the name that somebody signs in with, if it may be an address: a guest's is made up (`…#EXT#@…`)."""
    address = address_of(found)
    return "" if "#" in address else address


def _meaning(answer: Answer) -> Mapping[str, Any] | NotFound:
    body = json_object(answer.body)
    if answer.status == 200 and body is not None:
        return body
    code = short(mapping((body or {}).get("error")).get("code"), 100)
    said = f"Microsoft Graph answered {answer.status}" + (f" {code}" if code.isalnum() or "_" in code else "")
    if answer.status == 403:
        return NotFound(Reason.NO_PERMISSION, NO_PERMISSION)
    if answer.status == 404 and body is not None:
        return NotFound(Reason.UNKNOWN)
    if answer.status == 400 and body is not None:
        return NotFound(Reason.UNKNOWN, said)
    raise TemporarilyFailed(said)


def _quoted(text: str) -> str:
    """Return a text as OData writes it (OData 4.01, 5.1.1.6.1): a quote in it is doubled."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


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
    """`adapters.port.Directory` over the connector, and Microsoft Graph where it is turned on."""

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
    member = json_object(body)
    if member is None or not one_line(member.get("id"), 1024):
        raise TemporarilyFailed("Teams' answer is not a member of a conversation")
    given, family = one_line(member.get("givenName")), one_line(member.get("surname"))
    return Profile(
        name=full_name(member.get("name"), given, family),
        given_name=given,
        family_name=family,
        email=address_of(member.get("email")) or sign_in_address(member.get("userPrincipalName")),
        language=language_of(member.get("locale")),
        aad_object_id=id_of(member.get("objectId")) or id_of(member.get("aadObjectId")),
    )


def both(first: Profile, second: Profile) -> Profile:
    """Return what the first tells, and what the second tells where the first is silent."""
    silent = {name: getattr(second, name) for name in second.__struct_fields__ if not getattr(first, name)}
    return msgspec.structs.replace(first, **silent)
