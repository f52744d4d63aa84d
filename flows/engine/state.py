"""What is remembered of a conversation between turns."""

from datetime import datetime

import msgspec

from messages.outgoing import ConsentTerms
from messages.reference import ConversationReference


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message that is not finished: it waits for an answer or for a timer.

    `cursor` addresses the part that waits, as a path: index of the part, then for each `if` on the way 0 (then) or
    1 (else) and the index within that branch.
    """

    revision: int
    message: str
    cursor: tuple[int, ...]
    asked: bool = False
    """Waits for the answer to the question at `cursor`; otherwise for `timer`."""
    timer: str = ""
    attempts: int = 0
    private: bool = False
    """What follows goes to the person alone: the message confirms a consent."""
    consent: ConsentTerms | None = None
    """What going on asks of the person's consent. None: kept by a version before."""


class OfferedReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A quick reply on screen. Channels that send it back as plain text are answered by its label."""

    label: str
    """Normalised by `keywords.normalise`."""
    revision: int
    button: str
    evidence: str = ""
    text: str = ""
    """The exact words shown with it, for a button that changes consent."""
    at: datetime | None = None
    """When it was offered, for a button that changes consent."""
    digest: str = ""
    """How the digest of the revision's source begins; empty where its payload is of the first form."""
    act: str = ""
    """What it does to consent, as its payload says it."""


class AnsweredInvoke(msgspec.Struct, frozen=True, omit_defaults=True):
    """A press that was answered synchronously: `key` tells the person, the payload and the message."""

    key: str
    at: datetime
    answer: str


class ConversationState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person's side of one conversation. `version` is the store's: 0 means not stored yet.

    In a group each person has a state of their own, so a question is answered by the one who was asked.
    """

    key: str
    """`conversation_key(reference)`."""
    reference: ConversationReference
    contact: str = ""
    run: Run | None = None
    offered: tuple[OfferedReply, ...] = ()
    handed_over: bool = False
    back: tuple[str, ...] = ()
    """While handed over: the flow's words that end it, beside the built-in ones."""
    unreachable: str = ""
    """Why nothing may be sent until the person speaks again; empty when all is well."""
    welcomed: bool = False
    """The welcome was sent; not again until the conversation ended."""
    stop_offered_at: datetime | None = None
    """When words that hold a word that stops were last answered with the button that does."""
    last_event_at: datetime | None = None
    invokes: tuple[AnsweredInvoke, ...] = ()
    """Presses answered lately, oldest first: one that comes again under a new id gets the same answer."""
    version: int = 0


def conversation_key(reference: ConversationReference) -> str:
    """Return our key of a person's side of a conversation, unique within a bot.

    Personal: `teams:a:1x…`, `directline:…`, `workplace:<page>:<user>`; in a group or a channel the person is a part of
    it: `teams:19:…|29:…`.
    """
    if reference.scope == "personal":
        return f"{reference.place}:{reference.conversation or reference.user}"
    return f"{reference.place}:{reference.conversation}|{reference.user}"
