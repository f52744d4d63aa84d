"""What a channel tells of a person, put into their contact."""

from datetime import datetime

import msgspec

from adapters.port import NotFound, Profile
from messages.contact import Contact
from messages.contact_details import DETAILS, Filled


def filled(contact: Contact, profile: Profile | NotFound, at: datetime, *, by_staff: bool) -> Contact:
    """Return a contact with what its channel told, asked `at`.

    What is empty is filled. What is there is replaced, since it came from the channel too; but nothing of a contact
    that staff made or changed (`by_staff`) is. What was not told stays. Fields, which flows set, are never touched.
    """
    if isinstance(profile, NotFound):
        return msgspec.structs.replace(contact, profile_at=at)
    told: dict[str, str] = {}
    for detail in DETAILS:
        if detail.filled is Filled.NEVER:
            continue
        new, old = getattr(profile, detail.attribute), detail.stored(contact)
        if new and (not old or (detail.filled is Filled.AGAIN and not by_staff)):
            told[detail.attribute] = new
    return msgspec.structs.replace(contact, **told, profile_at=at)


def without_ids(profile: Profile) -> Profile:
    """Return a profile without what finds a person, for one whose address or ids can't be kept."""
    return msgspec.structs.replace(profile, email="", aad_object_id="", external_id="")
