"""What a channel tells of a person, put into their contact."""

from datetime import datetime
from typing import Final

import msgspec

from adapters.port import NotFound, Profile
from messages.contact import Contact

_TOLD: Final = ("name", "given_name", "family_name", "email", "phone", "gender", "country", "time_zone", "avatar")
"""Details that a channel may tell again, and differently."""

_FILLED: Final = ("language", "aad_object_id", "external_id")
"""Details that are filled once: the language comes with each event, and ids do not change."""


def filled(contact: Contact, profile: Profile | NotFound, at: datetime, *, by_staff: bool) -> Contact:
    """Return a contact with what its channel told, asked `at`.

    What is empty is filled. What is there is replaced, since it came from the channel too; but nothing of a contact
    that staff made or changed (`by_staff`) is. What was not told stays. Fields, which flows set, are never touched.
    """
    if isinstance(profile, NotFound):
        return msgspec.structs.replace(contact, profile_at=at)
    told: dict[str, str] = {}
    for name in (*_TOLD, *_FILLED):
        new, old = getattr(profile, name), getattr(contact, name)
        if new and (not old or (name in _TOLD and not by_staff)):
            told[name] = new
    return msgspec.structs.replace(contact, **told, profile_at=at)


def without_ids(profile: Profile) -> Profile:
    """Return a profile without what finds a person, for one whose address or ids can't be kept."""
    return msgspec.structs.replace(profile, email="", aad_object_id="", external_id="")
