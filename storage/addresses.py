"""Where people are written to, as a store keeps it: in each conversation's record, which a turn writes anyway."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from flows.engine.turn import ConversationState, conversation_key
from messages.channel_addresses import UNKNOWN_CODE, ChannelAddress, last_act, window_of
from messages.channels import WRITES_FIRST
from messages.codec import RecordDecoder
from messages.consent import Membership
from messages.contact import Identity
from messages.inbound import ConversationReference, Scope

MAX_TARGETS: Final = 1_000
"""People that `Addresses.push_targets` is asked about at once."""


class ConsentRow(NamedTuple):
    """How somebody stands to a subject, and the sequence of the ledger row that made it so; 0: none did."""

    membership: Membership = Membership.NONE
    row: int = 0


class PushTarget(NamedTuple):
    """All that the decision of a push to one person needs, read at one moment."""

    number: int
    contact: str
    """The contact's id."""
    version: int
    """The contact's."""
    is_gone: bool
    """Merged into another contact, or erased: nothing else is told of it but `merged_into`."""
    merged_into: str
    """Id of the contact that took this one over, which may have been taken over itself; empty: none did."""
    time_zone: str
    aad_object_id: str
    accounts: tuple[Identity, ...]
    subject: ConsentRow
    everything: ConsentRow
    addresses: Sequence[ChannelAddress]
    """One a channel where the person was met (`messages.channel_addresses.by_channel`)."""

    def address_on(self, channel: str) -> ChannelAddress | None:
        """Return where the person is written to on a channel of accounts; None: nowhere.

        Of somebody who was never met on a channel where a bot may write first it is yet to be created: its reference
        has the account, else the id of the directory, and the channel fills in the rest.
        """
        for address in self.addresses:
            if address.channel == channel:
                return address
        if self.is_gone or channel not in WRITES_FIRST:
            return None
        users = [account.user for account in self.accounts if account.channel == channel]
        user = users[0] if users else self.aad_object_id
        if not user:
            return None
        reference = ConversationReference(channel, "", user)
        return ChannelAddress(conversation_key(reference), reference)


class Addresses(Protocol):
    """What deliveries tell of where people are written to, and what is asked before a push."""

    async def mark_unreachable(
        self, bot: str, conversation: str, reason: str, at: datetime, *, code: str = "", drop: bool = False
    ) -> None:
        """Remember that the person can't be reached; cleared by their next event. Fails their other pending rows.

        `at` is when the send failed: an event of theirs after that shows the contrary, and nothing is remembered.
        `code` is the channel's for it. `drop`: the conversation's id is of no use any more, and goes.
        """
        ...

    async def mark_outside_window(self, bot: str, conversation: str, at: datetime) -> None:
        """Remember that the channel refused a message at `at` because the person did nothing for too long: their last
        act was earlier than was thought. One that came after `at` counts all the same.
        """
        ...

    async def keep_reference(
        self, bot: str, conversation: str, reference: ConversationReference, *, instead_of: str
    ) -> None:
        """Remember where a one-to-one conversation is from now on: it was created, or created anew in place of the id
        `instead_of`. Where that is not known any more, or others read along, nothing is kept.
        """
        ...

    async def push_targets(self, bot: str, numbers: Sequence[int], subject: str) -> Sequence[PushTarget]:
        """Return what a push asks of contacts with these numbers, in this order, `MAX_TARGETS` at most: who they are,
        how they stand to the subject and to everything, where they are written to. Those that never were are left out.

        Each person is read at one moment, not all of them at the same.
        """
        ...


class _Known(msgspec.Struct):
    """What a push asks of a contact's record."""

    identities: tuple[Identity, ...] = ()
    merged_into: str = ""
    time_zone: str = ""
    aad_object_id: str = ""
    created_at: datetime | None = None


_decode_known = RecordDecoder[_Known](_Known)


def push_target(
    number: int,
    contact: str,
    version: int,
    record: bytes,
    consent: tuple[ConsentRow, ConsentRow],
    addresses: Sequence[ChannelAddress],
) -> PushTarget:
    """Return a target. `consent`: to the subject, and to everything."""
    known = _decode_known(record)
    is_gone = bool(known.merged_into) or (not known.identities and known.created_at is None)
    return PushTarget(
        number=number,
        contact=contact,
        version=version,
        is_gone=is_gone,
        merged_into=known.merged_into,
        time_zone=known.time_zone,
        aad_object_id=known.aad_object_id,
        accounts=known.identities,
        subject=consent[0],
        everything=consent[1],
        addresses=() if is_gone else addresses,
    )


StateChange = Callable[[ConversationState], ConversationState | None]
"""Returns the state as it is to be; None where nothing is to be changed."""


def unreachable(
    state: ConversationState, *, reason: str, at: datetime, code: str = "", drop: bool = False
) -> ConversationState | None:
    """`Addresses.mark_unreachable`."""
    if state.last_event_at is not None and state.last_event_at > at:
        return None
    reference = state.reference
    if drop and reference.scope is Scope.PERSONAL:
        reference = reference.private()
    return msgspec.structs.replace(
        state, unreachable=reason, unreachable_code=code or UNKNOWN_CODE, reference=reference
    )


def outside_window(state: ConversationState, *, at: datetime) -> ConversationState | None:
    """`Addresses.mark_outside_window`."""
    window, act = window_of(state.reference.account.channel), last_act(state.inbound_at, state.last_event_at)
    if window is None or act is None or act > at or act <= at - window:
        return None
    return msgspec.structs.replace(state, inbound_at=at - window)


def moved(state: ConversationState, *, reference: ConversationReference, instead_of: str) -> ConversationState | None:
    """`Addresses.keep_reference`."""
    known = state.reference
    if known.scope is not Scope.PERSONAL or known.conversation != instead_of or known == reference:
        return None
    return msgspec.structs.replace(state, reference=reference)
