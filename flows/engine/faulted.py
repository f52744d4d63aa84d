"""What becomes of a turn in which the engine itself failed."""

from collections.abc import Mapping

import msgspec

from flows.engine.language import language_of
from flows.engine.snapshot import Snapshot
from flows.engine.turn import RULES_VERSION, TraceStep, Turn
from messages.contact import Contact, Identity
from messages.effects import Answer, Effect, Send
from messages.ids import IdSource
from messages.inbound import ButtonPressed, InboundEvent, TextReceived
from messages.outgoing import OutgoingMessage, OutgoingText

ENGINE_FAULT = "engine_fault"
"""The trace of such a turn."""

SORRY: Mapping[str, str] = {
    "en": "Something went wrong here, and nothing was changed. Please try again.",
    "fr": "Un problème est survenu de notre côté et rien n'a été modifié. Merci de réessayer.",
    "es": "Algo ha fallado por nuestra parte y no se ha cambiado nada. Inténtelo de nuevo, por favor.",
    "de": "Bei uns ist etwas schiefgegangen, und es wurde nichts geändert. Bitte versuchen Sie es noch einmal.",
    "it": "Qualcosa è andato storto da parte nostra e non è stato modificato nulla. Riprovi, per favore.",
    "pt": "Algo correu mal do nosso lado e nada foi alterado. Tente novamente, por favor.",
    "nl": "Er ging bij ons iets mis en er is niets gewijzigd. Probeer het alstublieft opnieuw.",
    "pl": "Coś poszło nie tak po naszej stronie i nic nie zostało zmienione. Proszę spróbować ponownie.",
    "ar": "حدث خطأ من جانبنا ولم يتغير شيء. يرجى المحاولة مرة أخرى.",
    "hi": "हमारी ओर से कोई गड़बड़ी हुई और कुछ भी बदला नहीं गया। कृपया फिर से प्रयास करें।",
    "ja": "こちらで問題が発生し、何も変更されていません。もう一度お試しください。",
    "zh": "我们这边出了问题，没有做任何更改。请再试一次。",
}


UNDECIDED, UNWRITTEN = "the engine failed; see the log", "what was decided can't be written; see the log"
"""What of a turn failed, for its trace."""


def faulted_turn(snapshot: Snapshot, event: InboundEvent, turn_id: str, failed: str = UNDECIDED) -> Turn:
    """Return a turn that changes no consent and says so, to somebody who typed or pressed something.

    What the conversation waited for is forgotten, so that a state which the engine can't bear does not last.
    """
    ids = IdSource(turn_id)
    contact = snapshot.contact
    if not contact.id:
        channel = event.reference.channel
        contact = Contact(id=ids.new("c"), identities=(Identity(channel, event.reference.user),), source=channel)
    state = msgspec.structs.replace(snapshot.state, contact=contact.id, run=None, offered=())
    return Turn(
        state=state,
        contact=contact,
        effects=_apology(snapshot, event, ids),
        trace=(TraceStep(kind=ENGINE_FAULT, detail=failed, notice=True),),
        revision=snapshot.live.number,
        rules=RULES_VERSION,
    )


def _apology(snapshot: Snapshot, event: InboundEvent, ids: IdSource) -> tuple[Effect, ...]:
    action = event.action
    if snapshot.state.handed_over or not isinstance(action, TextReceived | ButtonPressed):
        return ()
    language = language_of(snapshot.contact, snapshot.live).split("-", 1)[0]
    words = SORRY.get(language) or SORRY["en"]
    said = Send(OutgoingMessage(id=ids.new("m"), parts=(OutgoingText(words),), revision=snapshot.live.number))
    if isinstance(action, ButtonPressed) and action.wants_answer:
        return said, Answer(words)
    return (said,)
