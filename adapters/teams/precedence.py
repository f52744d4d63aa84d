"""What comes to Assent before a team's own code: no middleware or bot may stand before a no. Pure."""

from keywords.reserved import ReservedWord, ReservedWords
from messages.inbound import ButtonPressed, InboundEvent, TextReceived
from segment_buttons.acts import read_act
from segment_buttons.payload import named_by

BUILT_IN = ReservedWords()


def comes_first(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is Assent's whatever a team's code would make of it: a strong consent word, or a press of a
    button of ours that does not say that it raises consent.
    """
    found = _word(event, words)
    if found is not None:
        return found.strength == "strong"
    return isinstance(event.action, ButtonPressed) and _may_lower(event.action.payload)


def is_lost_unless_taken(event: InboundEvent, words: ReservedWords) -> bool:
    """Tell whether an event is a no if nobody else answers it: a soft word that stops, such as *cancel*."""
    found = _word(event, words)
    return found is not None and found.kind == "stop"


def _word(event: InboundEvent, words: ReservedWords) -> ReservedWord | None:
    action = event.action
    return words.match(action.text) if isinstance(action, TextReceived) and action.form != "answer" else None


def _may_lower(payload: str) -> bool:
    """Whether a button can lower consent, by its payload; one of the first form does not say what it does."""
    button = named_by(payload)
    if button is None or (button.digest and not button.act):
        return False
    act = read_act(button.act)
    return act is None or not act.raises
