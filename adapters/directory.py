"""Who somebody is, as a channel or the organisation's directory tells."""

from typing import NamedTuple, Protocol

import msgspec

from messages.contact import Identity
from messages.handles import Handle
from messages.import_rows import Reason
from messages.reference import ConversationReference


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is told of a person. What is empty was not told."""

    identity: Identity | None = None
    """The account on the channel, where the look-up was by something else."""
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    phone: str = ""
    gender: str = ""
    language: str = ""
    country: str = ""
    time_zone: str = ""
    avatar: str = ""
    aad_object_id: str = ""
    external_id: str = ""


class NotFound(NamedTuple):
    """Why a look-up came to nothing, in terms of the report about an import."""

    reason: Reason
    detail: str = ""


class Directory(Protocol):
    """A source of profiles. It keeps to the rate limits of the service behind it by itself: a call may take long.

    Calls raise `messages.errors.DeliveryError`'s children: RateLimited and TemporarilyFailed are worth another try.
    """

    name: str
    """The channel's."""

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person of a conversation is."""
        ...

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Find a person by e-mail address or external id."""
        ...
