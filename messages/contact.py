"""A person, as one bot knows them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

FieldValue = str | int | float | bool
"""A contact field. Dates are kept as ISO 8601 text (`2026-11-23`)."""


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account of the person on a channel."""

    channel: str
    user: str


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person of one bot. `version` is the store's: 0 means not stored yet."""

    id: str
    identities: tuple[Identity, ...]
    name: str = ""
    email: str = ""
    aad_object_id: str = ""
    language: str = ""
    fields: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    created_at: datetime | None = None
    version: int = 0

    @property
    def first_name(self) -> str:
        """The field `first_name` if the flow stored one, else the first word of the name."""
        stored = self.fields.get("first_name")
        if stored:
            return str(stored)
        return self.name.split(" ", 1)[0]
