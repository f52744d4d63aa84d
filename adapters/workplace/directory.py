"""Who people are, as Meta's Graph tells a page or a Workplace integration."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from aiohttp import ClientSession

from adapters.directories import (
    Pace,
    address_of,
    full_name,
    id_of,
    json_object,
    language_of,
    one_line,
    picture_of,
    zone_of,
)
from adapters.exchange import Answer, ask
from adapters.port import NotFound, Profile
from adapters.workplace.connector import graph_codes, send_error
from adapters.workplace.parse import CHANNEL
from adapters.workplace.settings import WorkplaceSettings
from messages.addresses import Handle, HandleKind
from messages.errors import RateLimited, TemporarilyFailed
from messages.import_rows import Reason
from messages.inbound import ConversationReference

MESSENGER: Final = (
    "first_name,last_name,profile_pic,locale,timezone,gender",
    "first_name,last_name,profile_pic",
    "name,profile_pic",
)
"""The last three fields of the first take permissions of their own; Instagram has only those of the last line."""

WORKPLACE: Final = (
    "id,name,first_name,last_name,email,primary_phone,picture,locale,external_id,account_deactivate_time",
    "id,name,first_name,last_name,email,external_id",
)
PER_SECOND: Final = 5.0
BURST: Final = 10
"""Meta counts calls of a page over a day, by how many people it talks with; replies come first."""

NOT_WORKPLACE: Final = (
    "Meta lets nobody be looked up by address or id; on a Workplace, set bots.<bot>.workplace.directory to members"
)
NO_PERMISSION: Final = "give the app the permission to read profiles (Workplace: Read work profile)"
DEACTIVATED: Final = "the account was deactivated"

_NO_PROFILE: Final = frozenset({(100, 2018218), (100, 33), (100, 2018001)})
_UNSEEN: Final = frozenset({3, 10, 100, 200})
"""Codes of fields that may not be seen, or that this kind of account has not."""
_NOBODY: Final = frozenset({551, 803})


class WorkplaceDirectory:
    """`adapters.port.Directory` over the Graph API."""

    name = CHANNEL

    def __init__(
        self,
        settings: WorkplaceSettings,
        session: ClientSession,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._session = session
        self._fields = WORKPLACE if settings.looks_up else MESSENGER
        self._minimum = 0
        """Which of the fields were told last: asking for more costs a call each time."""
        self._pace = Pace(PER_SECOND, BURST, monotonic=monotonic, sleep=sleep)

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person is, as far as the page may see it."""
        found = await self._ask(quote(reference.user, safe=""), page=reference.bot)
        return found if isinstance(found, NotFound) else profile_of(found, reference.page)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Find a member of a Workplace by the address they sign in with, or by external id."""
        if not self._settings.looks_up:
            return NotFound(Reason.NO_PERMISSION, NOT_WORKPLACE)
        match handle.kind:
            case HandleKind.EMAIL:
                found = await self._ask(quote(handle.key, safe=""))
            case HandleKind.EXTERNAL_ID if "," not in handle.key:
                listed = await self._ask("community", "members", external_ids=handle.key)
                found = listed if isinstance(listed, NotFound) else _the_one(listed, handle.key)
            case _:
                return NotFound(Reason.UNKNOWN)
        return found if isinstance(found, NotFound) else profile_of(found, self._settings.page)

    async def close(self) -> None:
        """Nothing is held: the session is its owner's."""

    async def _ask(self, *path: str, page: str = "", **query: str) -> Mapping[str, Any] | NotFound:
        """Ask for all fields, then for fewer while some may not be seen."""
        refused = NotFound(Reason.UNKNOWN)
        for which in range(self._minimum, len(self._fields)):
            answer = await self._get(*path, page=page, fields=self._fields[which], **query)
            found = json_object(answer.body)
            codes = graph_codes(answer.body)
            if answer.status == 200 and found is not None and codes is None:
                self._minimum = which
                return found
            if codes is None or codes in _NO_PROFILE or codes[0] not in _UNSEEN:
                return self._refusal(answer)
            unseen = codes[0] != 100 or codes[1] == 2018247
            refused = NotFound(Reason.NO_PERMISSION, NO_PERMISSION) if unseen else NotFound(Reason.UNKNOWN)
        return refused

    async def _get(self, *path: str, page: str, **query: str) -> Answer:
        headers, proof = self._settings.credentials(page)
        await self._pace.wait()
        return await ask(
            self._session,
            self._settings.url_of(*path),
            query={**query, **proof},
            headers=headers,
            seconds=self._settings.timeout,
            service="Meta",
        )

    def _refusal(self, answer: Answer) -> NotFound:
        """Say why nobody was found. Raises RateLimited or TemporarilyFailed when that is not the answer yet."""
        codes = graph_codes(answer.body)
        if codes is not None and (codes in _NO_PROFILE or codes[0] in _NOBODY):
            return NotFound(Reason.UNKNOWN)
        error = send_error(answer.status, answer.headers, answer.body)
        if isinstance(error, RateLimited):
            if error.retry_after:
                self._pace.pause(error.retry_after)
            raise error
        raise TemporarilyFailed(error.reason if error else "Meta's answer is not a profile")


def profile_of(person: Mapping[str, Any], page: str = "") -> Profile | NotFound:
    """Return what Graph tells of a person, whose id is one of `page`.

    Raises TemporarilyFailed for what is no person.
    """
    if one_line(person.get("account_deactivate_time")):
        return NotFound(Reason.LEFT, DEACTIVATED)
    given, family = one_line(person.get("first_name")), one_line(person.get("last_name"))
    account = id_of(person.get("id"))
    name = full_name(person.get("name"), given, family)
    if not account and not name:
        raise TemporarilyFailed("Meta's answer is not a profile")
    return Profile(
        identity=ConversationReference(CHANNEL, "", account, page=page).account if account else None,
        name=name,
        given_name=given,
        family_name=family,
        email=address_of(person.get("email")),
        phone=one_line(person.get("primary_phone"), 64),
        gender=one_line(person.get("gender"), 32),
        language=language_of(person.get("locale")),
        time_zone=zone_of(person.get("timezone")),
        avatar=picture_of(person.get("profile_pic")) or _picture(person.get("picture")),
        external_id=id_of(person.get("external_id")),
    )


def _picture(found: object) -> str:
    """Read a picture: an address, or Graph's object around one."""
    data = found.get("data") if isinstance(found, dict) else None
    return picture_of(data.get("url") if isinstance(data, dict) else found)


def _the_one(listed: Mapping[str, Any], external_id: str) -> Mapping[str, Any] | NotFound:
    data = listed.get("data")
    if not isinstance(data, list):
        raise TemporarilyFailed("Meta's answer is not a list of members")
    fitting = [one for one in data if isinstance(one, dict) and id_of(one.get("external_id")) == external_id]
    if len(fitting) > 1:
        return NotFound(Reason.AMBIGUOUS, "several members have this external id")
    return fitting[0] if fitting else NotFound(Reason.UNKNOWN)
