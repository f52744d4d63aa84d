"""What a channel tells us, in one vocabulary.

An adapter's `parse` returns `InboundEvent`s. `action` says what happened.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from messages.contact import FieldValue, Identity
from messages.effects import OutgoingActivity
from messages.pushes import PushFacts, PushRef


class Scope(StrEnum):
    """Who else reads the conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    CHANNEL = "channel"


class ConversationReference(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that an adapter needs to send into a conversation later (Bot Framework: conversation reference).

    `conversation` is empty when the one-to-one conversation with `user` has to be created before the first send.
    """

    channel: str
    """"teams", "workplace", "terminal"."""
    conversation: str
    user: str
    """The channel's id of the person (Teams `29:…`, page-scoped id)."""
    bot: str = ""
    """The channel's account id of the bot (Teams `28:<app id>`, page id)."""
    service_url: str = ""
    tenant: str = ""
    scope: Scope = Scope.PERSONAL
    surface: str = ""
    """The channel that the person is on, where several share an adapter: "directline", "webchat". Empty: `channel`."""
    page: str = ""
    """The page that `user` is an id of, where each page of a channel has ids of its own. Empty: the channel has one."""

    @property
    def account(self) -> Identity:
        """Who acts: the channel and its user, the page's if ids are a page's. The one place that says so."""
        return Identity(self.surface or self.channel, f"{self.page}:{self.user}" if self.page else self.user)

    @property
    def place(self) -> str:
        """What every key of a conversation there begins with."""
        return ":".join(part for part in (self.surface or self.channel, self.page) if part)

    @property
    def earlier(self) -> "ConversationReference":
        """The same as it was kept when keys held neither surface nor page."""
        return msgspec.structs.replace(self, surface="", page="") if self.surface or self.page else self

    def private(self) -> "ConversationReference":
        """The one-to-one conversation with the same person, not yet created."""
        return msgspec.structs.replace(self, conversation="", scope=Scope.PERSONAL)


class Sender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who acted, as far as the channel says."""

    user: str
    """The channel's id of the person; equal to the reference's `user`."""
    name: str = ""
    aad_object_id: str = ""
    email: str = ""
    locale: str = ""
    """BCP 47, e.g. "en-GB"; empty when the channel does not tell."""


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file, picture, place, … that the person sent. Only its address is kept."""

    kind: str
    url: str = ""
    name: str = ""


class ButtonRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button of a published revision, read from a payload whose signature was verified."""

    bot: str
    revision: int
    """The revision's number, in a payload of the first form; 0 where `digest` names it."""
    button: str
    evidence: str = ""
    """Digest of the exact words the person saw beside this button (see `messages.effects.KeepEvidence`)."""
    digest: str = ""
    """How the digest of the revision's source begins; empty in a payload of the first form."""
    act: str = ""
    """What the press does to consent, as `segment_buttons.payload` signed it; empty: nothing, or the first form."""


class TextReceived(msgspec.Struct, frozen=True, omit_defaults=True, tag="text"):
    """The person typed something, or sent files. `text` comes without mentions of the bot and marks of quotes.

    `form` tells how the words came, and so what may be heard in them:
    "" a plain message; "reply" to another message, with a quote, or to a story: no press of a quick reply;
    "chip" a quick reply that is not ours, "edit" a message that its author changed: a no is heard, never a yes;
    "standby" while another inbox has the conversation: strong stop words alone, and nothing is answered;
    "answer" a press on an answer button (`messages.inbound`): it answers the open question whatever its words.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()
    form: str = ""
    addressed: bool = False
    """The bot was mentioned. Means something in a group alone, where people also talk to each other."""


class ButtonPressed(msgspec.Struct, frozen=True, omit_defaults=True, tag="press"):
    """The person pressed a button or a quick reply that carries a payload.

    An adapter fills `payload`; the runtime verifies it and fills either `button` or `fault`.
    """

    payload: str
    label: str = ""
    form: str = ""
    """How the client sent it: messageBack, imBack, submit, invoke, postback, quick_reply, terminal; standby while
    another inbox has the conversation, where a press that lowers consent alone is heard, and nothing is answered.
    """
    wants_answer: bool = False
    """The channel waits for a synchronous answer to this press (Teams `invoke`)."""
    button: ButtonRef | None = None
    fault: str = ""
    """Why the payload was refused: unsigned, forged, foreign bot, unknown revision, unknown button."""


class StoppedByChannel(msgspec.Struct, frozen=True, omit_defaults=True, tag="channel_stop"):
    """The person used the channel's own means to end pushed messages (Meta: `notification_messages_status`)."""

    how: str = ""
    """The channel's own word for it."""


class ConversationStarted(msgspec.Struct, frozen=True, omit_defaults=True, tag="started"):
    """The person, or their team, added the bot or pressed *Get started*."""

    referral: str = ""


class ConversationEnded(msgspec.Struct, frozen=True, omit_defaults=True, tag="ended"):
    """The bot was removed or blocked; nothing may be sent until the person speaks again."""

    reason: str = ""


class ReactionChanged(msgspec.Struct, frozen=True, omit_defaults=True, tag="reaction"):
    """Reactions (like, heart, …) were put on or taken off a message of the bot."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class TimerFired(msgspec.Struct, frozen=True, omit_defaults=True, tag="timer"):
    """A `wait` is over. Comes from the runtime, not from a channel."""

    timer: str


class EffectDone(msgspec.Struct, frozen=True, omit_defaults=True, tag="effect_done"):
    """What came of an effect that was done after its turn. Comes from the runtime, not from a channel."""

    effect: str
    """Id of the effect; a run that waits for another one, or for none, is not moved by it."""
    values: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)
    fault: str = ""
    """Why it was given up; empty where it was done. No words of others."""


class HandedBack(msgspec.Struct, frozen=True, omit_defaults=True, tag="handed_back"):
    """Staff gave a conversation that a person had back to the bot. Comes from the runtime, not from a channel."""

    by: str


class TeamSpoke(msgspec.Struct, frozen=True, omit_defaults=True, tag="team_spoke"):
    """A team's own bot said something besides an answer (`InboundEvent.answered`). Comes from its code in this server.

    `pushed`: no act of the person caused it, so it asks their consent.
    """

    pushed: bool = False


class PushDue(msgspec.Struct, frozen=True, omit_defaults=True, tag="push_due"):
    """A push is due: one message of a run, or of a step of a sequence. Comes from the runtime, not from a channel."""

    push: PushRef
    subject: str
    """Whose consent it stands on: a segment, a topic or a sequence."""
    message: str
    """Id of a message of the revision below."""
    revision: int
    """The revision that the run is frozen on."""
    digest: str
    """How the digest of that revision's source begins."""
    due: datetime
    expires: datetime
    epoch: int = 0
    """Of the run, when it was taken up: it rises with each pause, resume and cancel."""
    variant: str = ""
    zone: str = ""
    """Whose clock `due` goes by; empty: not by the person's own."""
    patience_until: datetime | None = None
    """Until when it waits for a question to be answered, or for a person to hand back."""
    facts: PushFacts = PushFacts()


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """The channel tells what became of messages that it took."""

    read: bool = False
    """They were read; else delivered."""
    up_to: datetime | None = None
    """All that were sent up to then."""
    ids: tuple[str, ...] = ()
    """The channel's, of those that it names."""
    push: str = ""
    """Nothing became of it yet: the channel shows that it took the whole push of this run, or step, to this person."""


class Unhandled(msgspec.Struct, frozen=True, omit_defaults=True, tag="unhandled"):
    """Something the channel sends that has no meaning for a flow. Journaled, answered 200, nothing else.

    A receipt is taken in about pushes.
    """

    kind: str
    receipt: Receipt | None = None


Action = (
    TextReceived
    | ButtonPressed
    | StoppedByChannel
    | ConversationStarted
    | ConversationEnded
    | ReactionChanged
    | TimerFired
    | EffectDone
    | HandedBack
    | TeamSpoke
    | PushDue
    | Unhandled
)


OF_THE_RUNTIME: Final = (TimerFired, EffectDone, HandedBack, TeamSpoke, PushDue)
"""What comes from no channel."""

MAKES_A_CONTACT: Final = (TextReceived, ButtonPressed, ConversationStarted, StoppedByChannel)
"""What somebody does who speaks to the bot. Of the rest nothing is kept where the conversation isn't known yet."""


class InboundEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened in one conversation.

    `event_id` is unique per bot and channel and the same on every redelivery: it is the key that makes a second copy
    change nothing.
    """

    event_id: str
    reference: ConversationReference
    sender: Sender
    action: Action
    sent_at: datetime | None = None
    """When the person acted, by the channel's clock; None where the channel does not tell."""
    server_clock: bool = False
    """The channel has no clock to trust (Direct Line, emulators, a terminal): the act is as old as its receipt."""
    reply_to: str = ""
    """The channel's id of the bot's message that the event is about."""
    received: bytes = b""
    """The event as the channel sent it, JSON; empty for one of the runtime's own. Nothing is decided from it."""
    answered: tuple[OutgoingActivity, ...] | None = None
    """What a team's own bot said to it: then the flow answers nothing. Empty: it kept the event, and said nothing."""


HEAD: Final = "say:"


def answer_payload(label: str) -> str:
    """Return the payload of an answer button."""
    return f"{HEAD}{label}"


def answer_in(payload: str) -> str | None:
    """Return the answer that a payload gives; None for the payload of another button."""
    return payload.removeprefix(HEAD) if payload.startswith(HEAD) else None
