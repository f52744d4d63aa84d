"""A person's recorded life beside the same life on another revision: what a preview is made of, as values.

`replay.simulation` yields a `Step` for each thing that happened to a person, in order of time, and at the end a
`PersonEnd` for each contact. `replay.preview_pool` sorts them into groups. Both sides of a step have one form (`Side`):

    recorded   what the journal and the ledger say
    draft      what would have come of the same act with the other revision live

A step is *certain* (`doubt` is None) where the person would have done the same on the draft, and where what the turn
is decided from is known. Until something differs that the person sees, both hold. Then:

1. From the first step of a conversation whose question, wait or replies differ, the person's later *words* in that
   conversation answered something else. Such a step has a doubt that says what they would have seen first.
2. What follows from a step in doubt is not known either: consent, fields and tags are from then on in doubt for the
   person, in all conversations, and so is each later step that looks at them.
3. A press on a button that the draft would have shown for certain stays a press: `acts_certain` holds even where
   `doubt` is set. It says that memberships are afterwards as `Side.after` has them, by that button on those words; what
   was before, whether it is a change at all, and everything but consent may differ then. Not so a press about
   everything pushed, nor a yes that was made before the person's last act, which may have been a no.
4. Staff, channels and waits don't answer what was shown: their steps are in doubt by 2 alone.
5. Where two contacts became one and nothing says when, what is known of both is in doubt from the last turn on that
   shows them apart.

In a step in doubt `draft` is what would come of it if the person did the same all the same. It is never counted as
certain. What a person would have done of their own accord on the draft (pressed a button that only it shows) is on no
side; nothing is claimed about it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from messages.consent import ConsentChange, Membership
from messages.contact import FieldValue
from replay.visible import Reply


class StepKind(StrEnum):
    """What happened."""

    TURN = "turn"
    """A recorded turn."""
    WAIT = "wait"
    """A wait of the draft is over that the recording does not have: `recorded` is None."""
    STAFF = "staff"
    """Staff, a file or the API changed a membership, at its place between turns: `turn` is empty."""
    MERGE = "merge"
    """Two contacts became one, or an account was split off: `turn` is empty."""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that is open after a step. Its words are as the flow has them, placeholders and all."""

    words: str
    field: str
    type: str
    choices: tuple[str, ...] = ()


class Side(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a step came to on one side. Only what the step changed is in it."""

    acts: tuple[ConsentChange, ...] = ()
    """Acts of consent that changed something, in their order: who (`contact`), when (`at`), `subject`, `before` and
    `after`, by what (`source`, `detail`: the keyword as typed, `message`, `button`, `label`), on which words (`text`,
    `purpose`). On the draft's side `revision` is the number that a push would give it.
    """
    after: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """Memberships afterwards of the subjects that the act was about, also of those that it did not change: on either
    side where the step is certain, else on this one.
    """
    replies: tuple[Reply, ...] = ()
    """What was said, as it is read."""
    asks: Question | None = None
    """The question that is open afterwards."""
    waits_until: datetime | None = None
    """When the wait ends that runs afterwards."""
    fields: Mapping[str, FieldValue | None] = msgspec.field(default_factory=dict)
    """Fields that it set, and those that it cleared (None)."""
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    """Events that it emitted."""
    completed: tuple[str, ...] = ()
    """What it completed: `product:boots`."""
    handed_over: bool = False
    """A person was asked to take the conversation."""
    refused: str = ""
    """Why staff's act did not count: `opted out`, `opted out of everything`, `removed or opted out since`."""


class DoubtCause(StrEnum):
    """What differed first."""

    QUESTION = "question"
    WAIT = "wait"
    REPLY = "reply"
    PRESS = "press"
    """A button that was pressed would not be there."""
    MERGE = "merge"
    """Nothing: two contacts became one, and nothing says when."""


class Doubt(msgspec.Struct, frozen=True):
    """Why a step can't be told: the first difference of its conversation, or of the one that it depends on."""

    cause: DoubtCause
    conversation: str
    turn: str
    """The turn that first differed; empty for a wait that the recording does not have, and for a merge."""
    text: str
    """For people, in the flow's words: `they would first be asked "What is your pet called?"`."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened to a person, on both sides."""

    kind: StepKind
    contact: str
    """Who they were at that moment: the contact's id before a later merge."""
    at: datetime
    what: str
    """What was done, in the flow's words: `button *Yes please* on *hello*`."""
    would: str = ""
    """The same in the draft's words, where it does something else: `keyword *hi*`. Empty: as `what`."""
    conversation: str = ""
    turn: str = ""
    recorded: Side | None = None
    draft: Side | None = None
    """None: it would not happen, because the draft does not show the button that was pressed."""
    draft_after: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """With `draft` None: the draft's memberships of the subjects that the recorded act was about."""
    doubt: Doubt | None = None
    """Why the draft's side can't be told. None: it is certain."""
    is_press: bool = False
    """A press on a button that the draft would have shown for certain, or that was sent before the recording began."""

    @property
    def certain(self) -> bool:
        """Whether all of the draft's side holds."""
        return self.doubt is None

    @property
    def acts_certain(self) -> bool:
        """Whether what the step does to consent holds: `Side.after` of the draft."""
        return self.doubt is None or self.is_press

    @property
    def differs(self) -> bool:
        """Whether the two sides are not the same, for people: who acted, what was said, and what came of it."""
        return self.recorded is None or self.draft is None or not same(self.recorded, self.draft)


class PersonState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a person in the end, on one side."""

    memberships: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    """By segment, and by `messages.consent.ALL`; without those that are `none`."""
    proofs: Mapping[str, ConsentChange] = msgspec.field(default_factory=dict)
    """The act that each membership rests on, where the recording has it."""
    fields: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    filter_segments: frozenset[str] = frozenset()
    """Segments by filter that the person is in at the moment of the preview, by the filters of now."""


class PersonEnd(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a contact ends on both sides. One that was merged away has no end of its own."""

    contact: str
    recorded: PersonState
    draft: PersonState
    doubt: Doubt | None = None
    """Why fields, tags, segments by filter and the memberships not in `known` can't be told. None: all is certain."""
    known: frozenset[str] = frozenset()
    """With a doubt: subjects that are certain all the same, by a press after what is in doubt."""

    def is_certain(self, subject: str) -> bool:
        """Tell whether the draft's membership of a subject is certain."""
        return self.doubt is None or subject in self.known


class GroupKind(StrEnum):
    """What people share that a summary counts together, in this order: of single acts, and of where people end."""

    GAINED = "gained"
    """An act opts in, or adds, that did not."""
    LOST = "lost"
    """An act that opted in or added does not any more."""
    OPTED_OUT = "opted_out"
    """An act opts out, or stops everything, that did not. Not the same as being in no longer."""
    NOT_OPTED_OUT = "not_opted_out"
    """An act that opted out does not any more."""
    OTHER_PROOF = "other_proof"
    """The same state by another keyword or button, on other words, or on another purpose."""
    STOPPED = "stopped"
    """A stop on both sides. What else the person was in, on the one side alone, is no loss."""
    DOUBT = "doubt"
    """It can't be told from here."""
    SEGMENT = "segment"
    """A segment by filter gains or loses the person."""
    DATA = "data"
    """Fields, tags, events, completions, timers and hand-overs."""
    REPLY = "reply"
    """What is said."""
    RENAMED = "renamed"
    """A message has another name and says the same."""


def same(one: Side, other: Side) -> bool:
    """Tell whether two sides are the same for people: not by ids and revisions, which always differ."""
    return plain(one) == plain(other)


def plain(side: Side) -> Side:
    """Return a side without what differs between any two revisions."""
    return msgspec.structs.replace(
        side,
        acts=tuple(proof_of(act) for act in side.acts),
        after={},
        replies=tuple(reply._replace(message="") for reply in side.replies),
    )


def proof_of(act: ConsentChange) -> ConsentChange:
    """Return an act without what differs between any two revisions: its number, the button's and the message's id."""
    return msgspec.structs.replace(act, revision=0, button="", message="")
