"""What is shown of a person: values and words masked, the flow's own text left readable."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from filters.references import asks_personal_text
from flows.compile import number_of
from flows.engine import trace
from flows.engine.turn import OfferedReply, TraceStep, Turn
from flows.own_lines import MASKED, FlowWords, Words
from flows.revision import Revision
from keywords.normalise import normalise
from keywords.reserved import reserved
from messages.consent import ConsentChange, SourceKind
from messages.contact import DETAILS, Contact, Note
from messages.effects import (
    Answer,
    Emit,
    HandOver,
    IgnoreMessage,
    KeepEvidence,
    OutgoingButton,
    OutgoingCard,
    OutgoingFile,
    OutgoingImage,
    OutgoingMessage,
    OutgoingText,
)
from messages.inbound import (
    Attachment,
    ButtonPressed,
    ConversationReference,
    Sender,
    TextReceived,
    answer_in,
    answer_payload,
)
from privacy.personal_values import Known, PersonalValues
from storage.records import JournalEntry


class FlowTexts:
    """The words of a bot's revisions, each made when it is first asked for."""

    def __init__(self, revisions: Mapping[int, Revision]) -> None:
        self._revisions = revisions
        self._words: dict[int, FlowWords] = {}

    def number(self, number: int, digest: str) -> int:
        """Return the number of a revision that is named by its digest, or by its number."""
        return (number_of(self._revisions, digest) or 0) if digest else number

    def of(self, number: int) -> FlowWords | None:
        """Return the words of a revision; None where it is not there."""
        if number not in self._words:
            revision = self._revisions.get(number)
            if revision is None:
                return None
            self._words[number] = FlowWords(revision)
        return self._words[number]


_KEPT: Final = frozenset(
    {
        "turn", "bot", "conversation", "contact", "key", "id", "message", "button", "channel", "event_id", "subject",
        "kind", "timer", "revision_digest", "evidence_digest", "digest", "cursor", "url", "form", "act",
        "fault", "service_url", "tenant", "event", "item", "actor", "reply_to", "channel_message_ids", "image", "how",
        "run", "variant", "had_by", "not_permitted",
    }
)  # fmt: skip
"""Fields that hold ids and words of the flow."""

_STEPS_OF_CHANNELS: Final = frozenset({trace.ENDED, trace.CANCELLED, trace.PUSH_SKIPPED})
_QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"|“[^”]*+”|`[^`]*+`")
_LOOKED_AT = re.compile(r"tag \S+ is (?:not )?there|the language is [\w-]+")

S = TypeVar("S", bound=msgspec.Struct)


class Mask:
    """Masks what tells one person, as far as the entries and contacts that it is given know them.

    `flows` has the words of the bot's flows. Without those of a revision, a line that holds anything known of the
    person is hidden as a whole.
    """

    def __init__(self, *known: Known, flows: FlowTexts | None = None) -> None:
        self._values = PersonalValues(*known)
        self._flows = flows or FlowTexts({})

    def text(self, text: str) -> str:
        """Mask what tells the person within a text that is no flow's."""
        return self._values.masked(text)

    def reason(self, text: str) -> str:
        """Mask what tells the person within what a channel answered. The numbers of its errors stay."""
        return self._values.masked_reason(text)

    def masked(self, value: S) -> S:
        """Return a copy of an entry, a contact, an outbox row or an effect for display."""
        copy: S = self._masked(value, "", _Place(0, ""))
        return copy

    def _masked(self, value: Any, field: str, place: "_Place") -> Any:  # noqa: ANN401  # whatever a record holds
        if (replace := _REPLACED.get(type(value))) is not None:
            return replace(value)
        if isinstance(value, msgspec.Struct):
            return self._struct(value, place)
        if isinstance(value, tuple):
            return tuple(self._masked(each, field, place) for each in value)
        if isinstance(value, Mapping):
            return {name: self._masked(each, field, place) for name, each in value.items()}
        if isinstance(value, str) and value and not isinstance(value, Enum) and field not in _KEPT:
            return self._string(value, field, place)
        return value

    def _struct(self, value: msgspec.Struct, place: "_Place") -> msgspec.Struct:
        place = self._at(value, place)
        if isinstance(value, TraceStep):
            return msgspec.structs.replace(value, detail=self._step(value))
        fields = {
            name: self._masked(each, f"{type(value).__name__}.{name}" if _is_said(value, name) else name, place)
            for name in value.__struct_fields__
            if (each := getattr(value, name)) is not None
        }
        if isinstance(value, ConsentChange) and value.source is SourceKind.KEYWORD:
            fields["detail"] = self._word(value.detail, value.revision)
        return msgspec.structs.replace(value, **fields)

    def _string(self, text: str, field: str, place: "_Place") -> str:
        if field in _LABELS:
            words = self._words(place)
            return words.label(text) if words is not None else self._values.masked_lines(text)
        if field in _SAID:
            return self._said(text, _Place(place.revision, "") if field == "ConsentChange.purpose" else place)
        if field == "payload":
            answer = answer_in(text)
            return text if answer is None else answer_payload(self._string(answer, "ButtonPressed.label", place))
        if field in ("reason", "unreachable"):
            return self.reason(text)
        if field == "filters":
            return MASKED if asks_personal_text(text) else text
        return self.text(text)

    def _said(self, text: str, place: "_Place") -> str:
        words = self._words(place)
        return words.shown(text) if words is not None else self._values.masked_lines(text)

    def _words(self, place: "_Place") -> Words | None:
        flow = self._flows.of(place.revision)
        return flow.of(place.message) if flow is not None else None

    def _at(self, value: msgspec.Struct, place: "_Place") -> "_Place":
        """Return of which revision and message the texts are that a value holds."""
        match value:
            case (
                OutgoingMessage(revision=revision, message=message) | ConsentChange(revision=revision, message=message)
            ) if revision:
                return _Place(revision, message)
            case OfferedReply(revision=revision, digest=digest):
                return _Place(self._flows.number(revision, digest), "")
            case ButtonPressed(button=button) if button is not None:
                return _Place(self._flows.number(button.revision, button.digest), "")
            case Turn(revision=revision) | JournalEntry(outcome=Turn(revision=revision)):
                return _Place(revision, "")
        return place

    def _word(self, text: str, revision: int) -> str:
        """Return what was typed if all of it is a consent word or a keyword, which anybody can read in a list."""
        if not text:
            return ""
        flow = self._flows.of(revision)
        if flow is not None:
            return flow.typed(text)
        found = reserved(normalise(text))
        return found.word if found is not None else MASKED

    def _step(self, step: TraceStep) -> str:
        detail = step.detail
        if not detail:
            return ""
        if step.kind == trace.CONDITION:
            return self._condition(step)
        if step.kind == trace.QUICK_REPLY:
            return self._string(detail, "OfferedReply.label", _Place(step.revision, step.message))
        if step.kind == trace.TEMPLATE_FAULT:
            return _QUOTED.sub(MASKED, self.text(detail))
        if step.kind in _STEPS_OF_CHANNELS:
            return self.reason(detail)
        return detail if step.kind in _STEPS_OF_FLOWS else self.text(detail)

    def _condition(self, step: TraceStep) -> str:
        """Return which branch was taken and what was looked at, without the values of fields."""
        branch, _, looked_at = step.detail.partition(": ")
        flow = self._flows.of(step.revision)
        told: list[str] = []
        for each in looked_at.split(", "):
            name, is_, _ = each.partition(" is ")
            if _LOOKED_AT.fullmatch(each) or (is_ and flow is not None and flow.is_segment(name)):
                told.append(each)
            elif is_ and flow is not None and flow.is_field(name):
                told.append(f"{name} is {MASKED}")
            elif told[-1:] != [MASKED]:
                told.append(MASKED)
        return f"{branch}: {', '.join(told)}"


class _Place(NamedTuple):
    """Of which revision and message a text is."""

    revision: int
    message: str


_SAID: Final = frozenset(
    {
        "OutgoingText.text", "OutgoingCard.title", "OutgoingCard.subtitle", "OutgoingImage.alt", "OutgoingFile.title",
        "OfferedReply.text", "ConsentChange.text", "ConsentChange.purpose", "KeepEvidence.text", "HandOver.note",
        "Emit.data", "Answer.text", "JournalEntry.evidence", "OutgoingButton.label",
    }
)  # fmt: skip
"""What a flow said, with placeholders filled in."""
_LABELS: Final = frozenset({"OfferedReply.label", "ConsentChange.label", "ButtonPressed.label"})
"""Words of a button as a channel, or a person, gave them back."""
_OF_FLOWS: Final = (
    OutgoingText, OutgoingCard, OutgoingImage, OutgoingFile, OutgoingButton, OfferedReply, ConsentChange, KeepEvidence,
    HandOver, Emit, Answer, JournalEntry, ButtonPressed,
)  # fmt: skip


def _is_said(value: msgspec.Struct, name: str) -> bool:
    return isinstance(value, _OF_FLOWS) and f"{type(value).__name__}.{name}" in _SAID | _LABELS


def typed(text: str) -> str:
    """Return what stands for something that the person typed, whatever its length."""
    return MASKED if text else ""


def _attachment(attachment: Attachment) -> Attachment:
    return Attachment(attachment.kind, MASKED if attachment.url else "", MASKED if attachment.name else "")


def _contact(contact: Contact) -> Contact:
    return msgspec.structs.replace(
        contact,
        identities=tuple(msgspec.structs.replace(identity, user=MASKED) for identity in contact.identities),
        fields=dict.fromkeys(contact.fields, MASKED),
        talked_with=frozenset({MASKED}) if contact.talked_with else frozenset(),
        notes=tuple(Note(note.at, MASKED, MASKED) for note in contact.notes),
        **{each.attribute: MASKED if each.stored(contact) else "" for each in DETAILS if each.is_personal},
    )


_REPLACED: Mapping[type, Callable[[Any], object]] = {
    bytes: lambda _: b"",
    TextReceived: lambda action: msgspec.structs.replace(
        action, text=typed(action.text), attachments=tuple(map(_attachment, action.attachments))
    ),
    IgnoreMessage: lambda effect: IgnoreMessage(typed(effect.text)),
    Sender: lambda sender: Sender(MASKED, locale=sender.locale),
    ConversationReference: lambda reference: msgspec.structs.replace(reference, user=MASKED),
    Contact: _contact,
}
"""What is a person's own whatever it holds, and what stands for it."""

_STEPS_OF_FLOWS: Final = frozenset(
    {
        trace.RESERVED, trace.KEYWORD, trace.PRESS, trace.PRESS_REFUSED, trace.PRESS_BY_ACT,
        trace.LATE, trace.OFFER, trace.MESSAGE, trace.ANSWER, trace.UNFIT,
        trace.GIVEN_UP, trace.FIELD, trace.TAG, trace.CONSENT, trace.MISSING_MESSAGE, trace.MISSING_SEGMENT,
        trace.TOO_MANY_STEPS, trace.UNFIT_VALUE, trace.UNREADABLE_FILTER, trace.NOBODY_WAITS, trace.ASKS_APART,
        trace.NOTHING, trace.STALE_TIMER, trace.STALE_OUTCOME, trace.PUSH, trace.PUSH_DEFERRED,
    }
)  # fmt: skip
"""Steps whose details are words of the flow and of the program alone."""
