"""What a turn is decided from: everything `take_turn` may look at, as values."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from flows.engine.state import ConversationState
from flows.revision import Revision
from messages.consent import Membership
from messages.contact import Contact
from segment_buttons.payload import FORM


class Snapshot(msgspec.Struct, frozen=True):
    """One conversation at one moment. `take_turn` gets it from the runtime and never changes it."""

    bot: str
    state: ConversationState
    contact: Contact
    memberships: Mapping[str, Membership]
    """By segment id, and by `messages.ids.ALL`; a missing one is `Membership.NONE`."""
    live: Revision
    revisions: Mapping[int, Revision] = msgspec.field(default_factory=dict)
    """Other revisions that this turn needs: the running message's and the pressed button's."""
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject (a segment's id, or `ALL`): the time of the last act that lowered consent."""
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    """By subject: the time of the last act that raised it."""
    evidence: str | None = None
    """The exact words kept under the pressed button's digest, if the store still has them."""
    filters: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Filters of segments that staff made, as text: those that conditions of its revisions or other filters name."""
    last_seen: datetime | None = None
    """When the person last did something before this event; known where `filters` ask for it."""
    payload_form: int = FORM
    """The form of the payloads of the buttons this turn sends: one that every running server reads."""
    signing_key: bytes = b""
    """The key that signs the payloads of the buttons this turn sends."""
    recorded: Mapping[str, str] | None = None
    """When a recorded turn is run again: its payloads by what they sign, so that the key is not needed."""

    def revision(self, number: int) -> Revision | None:
        """Return the revision of that number, if this turn has it."""
        return self.live if number == self.live.number else self.revisions.get(number)

    def named(self, number: int, digest: str) -> Revision | None:
        """Return the revision that a payload names, if this turn has it: by its digest; without one by its number.

        Revisions with one digest have one source, so any of them will do: the live one, else the first.
        """
        if not digest:
            return self.revision(number)
        if self.live.digest.startswith(digest):
            return self.live
        found = [each for each in self.revisions.values() if each.digest.startswith(digest)]
        return min(found, key=lambda revision: revision.number, default=None)

    def membership(self, subject: str) -> Membership:
        """Return how the contact stands to a segment, or to `ALL`."""
        return self.memberships.get(subject, Membership.NONE)
