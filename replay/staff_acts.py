"""What staff did about memberships, done again on the draft by the rules that hold live."""

from typing import NamedTuple

import msgspec

from consent.act_time import outweighed
from consent.membership import Act, Change, Refusal, change
from messages.consent import ConsentChange, Membership, SourceKind
from messages.ids import ALL
from replay.contact_life import World

_TAKEN_OVER = (SourceKind.MERGE, SourceKind.SPLIT, SourceKind.BUTTON, SourceKind.KEYWORD)


class Redone(NamedTuple):
    """What an act of staff comes to: the change, or why it does not count; neither: nothing changes."""

    change: ConsentChange | None
    refused: str = ""


def act_of_staff(recorded: ConsentChange) -> Act | None:
    """Return what staff did; None for a change that is not theirs to make: it is taken over as it was."""
    if recorded.source in _TAKEN_OVER:
        return None
    return {Membership.ADDED: Act.ADD, Membership.NONE: Act.REMOVE}.get(recorded.after)


def redo(recorded: ConsentChange, draft: World) -> Redone:
    """Do a recorded change again, that no turn made, in a world where memberships may be others."""
    before = draft.memberships.get(recorded.subject, Membership.NONE)
    act = act_of_staff(recorded)
    if act is None and before is Membership.OPTED_OUT and recorded.after is Membership.NONE:
        return Redone(None, Refusal.OPTED_OUT.value)  # an account was split off: nobody's no goes with it
    if act is None:
        return Redone(None if before is recorded.after else msgspec.structs.replace(recorded, before=before))
    acted = recorded.acted_at or recorded.at
    late = act is Act.ADD and outweighed(acted, acted, recorded.subject, draft.times.lowered) is not None
    everything = draft.memberships.get(ALL, Membership.NONE)
    outcome = change(act, recorded.subject, before, everything, outweighed=late)
    if isinstance(outcome, Refusal):
        return Redone(None, outcome.value)
    if not isinstance(outcome, Change):
        return Redone(None)
    return Redone(msgspec.structs.replace(recorded, before=outcome.before, after=outcome.after))
