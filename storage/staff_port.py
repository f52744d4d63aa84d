"""What a store keeps of people who sign in: their accounts, sessions, links, and what they prefer. `staff` says what is
in the records; a store compares versions, and no more.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class StaffKind(StrEnum):
    """What a record is of."""

    USER = "user"
    """An account, by its e-mail address."""
    IDENTITY = "identity"
    """Whose account a person of an identity provider has, by issuer and id there."""
    SESSION = "session"
    """By the SHA-256 of its secret, in hex."""
    LINK = "link"
    """A link to sign in with, by the SHA-256 of its secret, in hex."""
    ATTEMPTS = "attempts"
    """How often signing in failed, by account or by network address."""
    PREFERENCES = "preferences"
    """What somebody prefers in the pages, by their address."""
    PUSH_REQUEST = "push_request"
    """What somebody asks a second person to make live, by bot."""


LASTING = (StaffKind.USER, StaffKind.IDENTITY, StaffKind.PREFERENCES, StaffKind.PUSH_REQUEST)
"""Kinds that a copy of a store takes along. Sessions and links end with the store that gave them."""


class StaffRecord(NamedTuple):
    """One record. `version` counts its changes from 1; `until` is when it is forgotten, None for never."""

    kind: StaffKind
    key: str
    version: int
    record: bytes
    until: datetime | None = None


class StaffRecords(Protocol):
    """The records of people who sign in."""

    async def staff_record(self, kind: StaffKind, key: str) -> StaffRecord | None: ...

    async def staff_records(self, kind: StaffKind) -> Sequence[StaffRecord]:
        """All of a kind, by key."""
        ...

    async def save_staff_record(self, record: StaffRecord) -> bool:
        """Write a record if its version is the next one (1 where there is none); tell whether it was."""
        ...

    async def drop_staff_record(self, kind: StaffKind, key: str) -> bool:
        """Forget a record; tell whether it was there. Of several callers at once, one is told so."""
        ...

    async def prune_staff_records(self, at: datetime) -> int:
        """Forget the records whose time is over, and return how many there were."""
        ...
