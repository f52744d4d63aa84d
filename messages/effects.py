"""What a turn wants done. The store commits all of it or none of it; nothing is done before.

Contact changes (fields, tags, name) are in `Turn.contact`, conversation changes in `Turn.state`; effects are what
leaves a row or a message of its own.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from messages.consent import ConsentChange
from messages.contact import FieldValue
from messages.pushes import Deferral, PushRef


class OutgoingButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button as the person sees it: it either posts `payload` back or opens `url`."""

    label: str
    payload: str = ""
    url: str = ""
    by_payload: bool = False
    """A press must bring a payload back: its label, sent as text, would be heard as something else, or nowhere.
    A button without a payload is an answer to a question; its payload is `messages.inbound.answer_payload(label)`."""


class OutgoingText(msgspec.Struct, frozen=True, omit_defaults=True, tag="text"):
    """Text with the buttons under it."""

    text: str
    buttons: tuple[OutgoingButton, ...] = ()


class OutgoingCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """One card of a carousel."""

    title: str
    subtitle: str = ""
    image: str = ""
    buttons: tuple[OutgoingButton, ...] = ()


class OutgoingCarousel(msgspec.Struct, frozen=True, omit_defaults=True, tag="carousel"):
    """Cards side by side."""

    cards: tuple[OutgoingCard, ...]


class OutgoingImage(msgspec.Struct, frozen=True, omit_defaults=True, tag="image"):
    """A picture by its address."""

    url: str
    alt: str = ""


class OutgoingFile(msgspec.Struct, frozen=True, omit_defaults=True, tag="file"):
    """A file or page by its address, shown under `title`."""

    url: str
    title: str


class OutgoingActivity(msgspec.Struct, frozen=True, omit_defaults=True, tag="activity"):
    """An activity of the Bot Framework that a team's own bot sent, as JSON without the ids of who and where."""

    activity: str
    text: str = ""
    """What of it can be read, for places that don't draw it."""


OutgoingPart = OutgoingText | OutgoingCarousel | OutgoingImage | OutgoingFile | OutgoingActivity


class ConsentTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message brought by a wait asks of the person's consent (`consent.membership`), also before it is sent."""

    since: datetime | None = None
    """When the person last acted; what was lowered after it ends the message. None: kept by a version before."""
    segments: tuple[str, ...] = ()
    """The segments that the person opted in to on the way to it."""
    stopped: bool = False
    """They had stopped everything already when they acted."""


class OutgoingMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to send: parts in order, then the quick replies, which vanish once used."""

    id: str
    parts: tuple[OutgoingPart, ...]
    quick_replies: tuple[OutgoingButton, ...] = ()
    revision: int = 0
    message: str = ""
    """Id of the flow's message it came from; empty for the runtime's own words."""
    private: bool = False
    """To the person alone, even when the event came from a group (a consent confirmation)."""
    consent: ConsentTerms | None = None
    """What it asks when it is sent; None for what an act of the person brought."""
    push: PushRef | None = None
    """Which push it is; None for a reply."""


class Send(msgspec.Struct, frozen=True, omit_defaults=True, tag="send"):
    """Put a message into the outbox of this conversation."""

    message: OutgoingMessage


class ChangeConsent(msgspec.Struct, frozen=True, omit_defaults=True, tag="consent"):
    """Write a ledger row; the membership follows from it."""

    change: ConsentChange


class KeepEvidence(msgspec.Struct, frozen=True, omit_defaults=True, tag="evidence"):
    """Keep the exact words shown beside a consent button, under their digest, so that a later press can prove them."""

    digest: str
    text: str


class StartTimer(msgspec.Struct, frozen=True, omit_defaults=True, tag="timer"):
    """Bring a `TimerFired(timer)` to this conversation at `due`."""

    timer: str
    due: datetime


class CancelTimer(msgspec.Struct, frozen=True, omit_defaults=True, tag="cancel_timer"):
    """Forget a timer that has not fired."""

    timer: str


class IgnoreMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag="ignored"):
    """Nothing matched: keep the text in the builder's list of ignored messages."""

    text: str


class HandOver(msgspec.Struct, frozen=True, omit_defaults=True, tag="hand_over"):
    """Ask for a person to take the conversation."""

    note: str = ""


class Emit(msgspec.Struct, frozen=True, omit_defaults=True, tag="emit"):
    """A custom event of the flow, for filters and integrations."""

    event: str
    data: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)


class Complete(msgspec.Struct, frozen=True, omit_defaults=True, tag="complete"):
    """The contact completed a product, a collection or a bot flow."""

    kind: str
    item: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, tag="answer"):
    """The synchronous answer to an event whose channel waits for one. Kept, so that a redelivery gets the same."""

    text: str


class SkipPush(msgspec.Struct, frozen=True, omit_defaults=True, tag="skip_push"):
    """The person does not get this push."""

    reason: str
    """A text of `messages.pushes.reason_text`."""


class DeferPush(msgspec.Struct, frozen=True, omit_defaults=True, tag="defer_push"):
    """The push is put off."""

    until: datetime
    why: Deferral


class Call(msgspec.Struct, frozen=True, omit_defaults=True, tag="call"):
    """Ask a service of the settings. What comes of it is an `EffectDone`; a `Run` waits for it by `id`."""

    id: str
    service: str
    path: str = ""
    """Behind the service's address."""
    values: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)
    """What is sent."""
    keep: tuple[str, ...] = ()
    """Names in the answer that are kept; the rest of it is not recorded."""


class Notify(msgspec.Struct, frozen=True, omit_defaults=True, tag="notify"):
    """Tell a hook of the settings what a flow did: `emit:swap_asked`, `complete:collection`, `hand_over`."""

    id: str
    hook: str
    event: str
    data: Mapping[str, FieldValue] = msgspec.field(default_factory=dict)


class NotifyConsent(msgspec.Struct, frozen=True, omit_defaults=True, tag="notify_consent"):
    """Tell a hook of a row of the ledger, or that a person was erased. It outlives the person: it names nobody."""

    id: str
    hook: str
    sequence: int = 0
    """Of the row; 0: the person was erased."""


WorkEffect = Call | Notify | NotifyConsent
"""What is done after the commit, by a worker, under `id` as the key that makes a second time count once. A new kind is
a struct here and the function that does it in `runtime.tasks.effects`.
"""

WORK = (Call, Notify, NotifyConsent)


def told_to_hooks(effect: object) -> tuple[str, Mapping[str, FieldValue]] | None:
    """Return what a hook calls an effect, and what goes with it; None for one that hooks don't hear of."""
    match effect:
        case Emit(event, data):
            return f"emit:{event}", data
        case Complete(kind, item):
            return f"complete:{kind}", {"item": item}
        case HandOver(note):
            return "hand_over", {"note": note}
    return None


Effect = (
    Send
    | ChangeConsent
    | KeepEvidence
    | StartTimer
    | CancelTimer
    | IgnoreMessage
    | HandOver
    | Emit
    | Complete
    | Answer
    | SkipPush
    | DeferPush
    | Call
    | Notify
    | NotifyConsent
)
