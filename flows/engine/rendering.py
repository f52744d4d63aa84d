"""Parts and buttons of a flow as outgoing values: words filled in, payloads signed, evidence kept."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from flows.builtin_buttons import LEAVE_LABEL, leave_of, needs_form_4
from flows.engine import trace
from flows.engine.consent import keep_evidence
from flows.engine.turn import OfferedReply, Snapshot
from flows.engine.work import Work
from flows.model.base import Localised
from flows.model.buttons import ButtonBase, UrlButton, consent_of
from flows.model.parts import Card, CarouselPart, FilePart, ImagePart, TextPart
from flows.revision import Revision
from keywords.normalise import normalise
from messages.effects import (
    OutgoingActivity,
    OutgoingButton,
    OutgoingCard,
    OutgoingCarousel,
    OutgoingFile,
    OutgoingImage,
    OutgoingPart,
    OutgoingText,
)
from messages.inbound import ButtonRef
from segment_buttons.payload import BY_NUMBER, DIGEST, FORM, ConsentAct, sign, signed_before


def act_of(button: ButtonBase) -> ConsentAct | None:
    """Return what pressing a button does to consent; None for one that only answers."""
    found = consent_of(button)
    return None if found is None else ConsentAct(found.raises, found.subject)


class Voice(NamedTuple):
    """Who speaks: a message of a revision, in a turn."""

    work: Work
    revision: Revision
    message: str

    def words(self, text: Localised) -> str:
        """Return a text filled in, without blanks around it."""
        return self.work.words(text, self.revision, self.message).strip()

    def label(self, text: Localised) -> str:
        """Return the words of a button, filled in, on one line."""
        return " ".join(self.words(text).split())


def rendered(part: object, voice: Voice) -> OutgoingPart | None:
    """Return a sending part filled in; None, with a notice, when nothing is left to show."""
    outgoing = SENDING[type(part)](part, voice)
    if outgoing is None:
        voice.work.note(trace.EMPTY, message=voice.message, revision=voice.revision.number, notice=True)
    return outgoing


def _text(part: TextPart, voice: Voice) -> OutgoingText | None:
    text = voice.words(part.text)
    return OutgoingText(text, _buttons(part.buttons, text, voice)) if text else None


def _carousel(part: CarouselPart, voice: Voice) -> OutgoingCarousel | None:
    cards = tuple(made for card in part.carousel if (made := _card(card, voice)) is not None)
    return OutgoingCarousel(cards) if cards else None


def _card(card: Card, voice: Voice) -> OutgoingCard | None:
    title = voice.words(card.title)
    subtitle = voice.words(card.subtitle) if card.subtitle is not None else ""
    if not title:
        title, subtitle = subtitle, ""
    if not title:
        return None
    shown = f"{title}\n{subtitle}" if subtitle else title
    return OutgoingCard(title, subtitle, card.image or "", _buttons(card.buttons, shown, voice))


def _image(part: ImagePart, voice: Voice) -> OutgoingImage:
    return OutgoingImage(part.image, voice.words(part.alt) if part.alt is not None else "")


def _file(part: FilePart, voice: Voice) -> OutgoingFile:
    return OutgoingFile(part.file, voice.words(part.title) or part.file)


SENDING: dict[type, Callable[[Any, Voice], OutgoingPart | None]] = {
    TextPart: _text,
    CarouselPart: _carousel,
    ImagePart: _image,
    FilePart: _file,
}
"""The parts that say something, and how."""


def _buttons(buttons: tuple[ButtonBase, ...], shown: str, voice: Voice) -> tuple[OutgoingButton, ...]:
    return tuple(_button(button, shown, voice)[0] for button in buttons)


def with_builtin(shown: str, button_id: str, voice: Voice) -> OutgoingText:
    """Return a text of ours with a built-in button under it (`flows.builtin_buttons`).

    The text alone, while a server that does not know these buttons may get the press.
    """
    made = builtin(shown, button_id, voice)
    return OutgoingText(shown, () if made is None else (made,))


def builtin(shown: str, button_id: str, voice: Voice) -> OutgoingButton | None:
    """Return a built-in button for under a text; None while a server that does not know it may get the press."""
    form = voice.work.snapshot.payload_form
    if form == BY_NUMBER or (form < FORM and needs_form_4(button_id)):
        return None
    return _button(voice.revision.buttons[button_id].button, shown, voice)[0]


def leave_button(shown: str, subject: str, voice: Voice) -> OutgoingButton | None:
    """Return the button that leaves a subject, whatever revision is live when it is pressed."""
    revision, snapshot = voice.revision, voice.work.snapshot
    if snapshot.payload_form < FORM or not revision.digest:
        return None
    label = voice.label(LEAVE_LABEL)
    evidence = keep_evidence(voice.work, _beside(shown, label))
    act = ConsentAct(raises=False, subject=subject).word()
    ref = ButtonRef(revision.bot.bot, 0, leave_of(subject), evidence, revision.digest[:DIGEST], act)
    return OutgoingButton(label, _payload(ref, snapshot))


def quick_replies(
    buttons: tuple[ButtonBase, ...], shown: str, voice: Voice
) -> tuple[tuple[OutgoingButton, ...], tuple[OfferedReply, ...]]:
    """Return quick replies as they are shown, and what is remembered of them. `shown` is the text above them."""
    outgoing: list[OutgoingButton] = []
    offered: list[OfferedReply] = []
    for button in buttons:
        made, ref = _button(button, shown, voice)
        if made.payload and _comes_back_apart(made.label, voice.work):
            made = replace(made, by_payload=True)
        outgoing.append(made)
        if ref is not None:
            offered.append(
                OfferedReply(
                    _normalised(made.label),
                    voice.revision.number,
                    ref.button,
                    ref.evidence,
                    _beside(shown, made.label) if ref.evidence else "",
                    at=voice.work.now if ref.evidence else None,
                    digest=ref.digest,
                    act=ref.act,
                )
            )
    return tuple(outgoing), tuple(offered)


_normalised = lru_cache(maxsize=1024)(normalise)
"""Labels come again and again."""


def _comes_back_apart(label: str, work: Work) -> bool:
    """Tell whether the text of this label would not be taken for a press of the quick reply."""
    return work.apart or work.handed_over or is_consent_word(label, work)


def is_consent_word(label: str, work: Work) -> bool:
    """Tell whether a label, typed, would be heard as a consent word."""
    return work.snapshot.live.reserved.match(_normalised(label)) is not None


def _button(button: ButtonBase, shown: str, voice: Voice) -> tuple[OutgoingButton, ButtonRef | None]:
    """Return a button, and what its payload names; None for one that the client opens."""
    revision, snapshot = voice.revision, voice.work.snapshot
    button_id = revision.button_ids[id(button)]
    label = voice.label(button.label) or button_id
    if isinstance(button, UrlButton):
        return OutgoingButton(label, url=button.url), None
    evidence = keep_evidence(voice.work, _beside(shown, label)) if act_of(button) is not None else ""
    ref = ref_of(revision, button_id, evidence, form=snapshot.payload_form)
    return OutgoingButton(label, _payload(ref, snapshot)), ref


def ref_of(revision: Revision, button_id: str, evidence: str, *, form: int) -> ButtonRef:
    """Return what names a button of a revision. A candidate that nobody pushed may have no digest."""
    bot = revision.bot.bot
    if form == BY_NUMBER or not revision.digest:
        return ButtonRef(bot, revision.number, button_id, evidence)
    act = act_of(revision.buttons[button_id].button)
    return ButtonRef(bot, 0, button_id, evidence, revision.digest[:DIGEST], act.word() if act is not None else "")


def _payload(ref: ButtonRef, snapshot: Snapshot) -> str:
    if snapshot.recorded is not None:
        return signed_before(ref, snapshot.recorded)
    return sign(ref, snapshot.signing_key)


def read_above(parts: Iterable[OutgoingPart]) -> str:
    """Return the words of a message's parts as the person reads them, line by line."""
    lines: list[str] = []
    for part in parts:
        match part:
            case OutgoingText(text):
                lines.append(text)
            case OutgoingCarousel(cards):
                lines.extend(line for card in cards for line in (card.title, card.subtitle))
            case OutgoingImage(_, alt):
                lines.append(alt)
            case OutgoingFile(_, title):
                lines.append(title)
            case OutgoingActivity(_, text):
                lines.append(text)
    return "\n".join(filter(None, lines))


def _beside(shown: str, label: str) -> str:
    return f"{shown}\n{label}" if shown else label
