"""Rows of an import that name nobody known: asked of the directory, under its limits."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.port import Directory, NotFound, Profile
from messages.addresses import Handle, HandleKind, Malformed, handle_of, handles_of
from messages.contact import DETAILS, Contact, Filled
from messages.errors import Conflict, DeliveryError, RateLimited, StaleVersion, WasErased
from messages.import_rows import Reason
from storage.audience_records import ImportJob, ImportRow
from storage.port import Store

TRIES = 5
"""How often somebody is asked for, while the directory fails or asks to wait."""
_PAUSE = 1.0
"""Seconds before the second try; doubled each time."""


class LookUp:
    """Finds the people of one job. `new_id` makes ids of contacts, `clock` tells the time."""

    def __init__(
        self, store: Store, directory: Directory, *, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._new_id = new_id

    async def row(self, job: ImportJob, waiting: ImportRow) -> ImportRow:
        """Return a row that waited, with the person whom it means, or why it failed. Raises StoreError."""
        handle = handle_of(waiting.value)
        assert not isinstance(handle, Malformed)  # noqa: S101  # such rows never wait
        told = await self._told(handle)
        if isinstance(told, NotFound):
            return ImportRow(waiting.line, waiting.value, 0, told.reason, told.detail)
        try:
            person = await self._person(job, handle, told)
        except WasErased:
            return ImportRow(waiting.line, "", 0, Reason.ERASED)
        if not person:
            return ImportRow(waiting.line, waiting.value, 0, Reason.UNKNOWN, "somebody else has their account by now")
        return ImportRow(waiting.line, waiting.value, person)

    async def _told(self, handle: Handle) -> Profile | NotFound:
        pause = _PAUSE
        for attempt in range(1, TRIES + 1):
            try:
                return await self._directory.look_up(handle)
            except DeliveryError as error:
                if attempt < TRIES:
                    wait = error.retry_after if isinstance(error, RateLimited) and error.retry_after else pause
                    await asyncio.sleep(wait)
                    pause *= 2
        return NotFound(Reason.UNKNOWN, "the directory did not answer")

    async def _person(self, job: ImportJob, handle: Handle, told: Profile) -> int:
        """Return the number of who was found, who is a contact from now on."""
        contact = Contact(
            id=self._new_id(),
            identities=(told.identity,) if told.identity else (),
            source="csv",
            created_at=self._clock(),
            **_details_of(told, handle),
        )
        known = await self._known(job.bot, contact)
        if known:
            return known
        try:
            return (await self._store.add_contact(job.bot, contact)).number
        except (Conflict, StaleVersion):  # somebody made them meanwhile
            return await self._known(job.bot, contact)

    async def _known(self, bot: str, contact: Contact) -> int:
        """Return who has an account or an id of this person; an address alone may be of several. 0: nobody."""
        handles = sorted(handles_of(contact))
        found = await self._store.find_people(bot, handles)
        proved = [
            numbers[0] for handle, numbers in zip(handles, found, strict=True) if handle.kind != "email" and numbers
        ]
        return proved[0] if proved else 0


def _details_of(told: Profile, handle: Handle) -> dict[str, Any]:
    """Return what a directory tells of who was asked for, and by what."""
    found: dict[str, Any] = {
        each.attribute: getattr(told, each.attribute) for each in DETAILS if each.filled is not Filled.NEVER
    }
    asked = "email" if handle.kind is HandleKind.EMAIL else "external_id"
    return {**found, asked: found[asked] or handle.key}
