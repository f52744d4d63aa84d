"""The answers of a choice question."""

from flows.engine.rendering import Voice, is_consent_word
from flows.engine.values import LONGEST, plain_digits
from flows.model.parts import Choice, QuestionPart
from keywords.normalise import normalise
from keywords.reserved import core
from messages.outgoing import OutgoingButton
from segment_buttons.payload import BY_NUMBER


def offered_choices(part: QuestionPart, voice: Voice) -> tuple[OutgoingButton, ...]:
    """Return the choices as quick replies. They carry no signed payload; one whose label is a consent word must come
    back as a press, because typed it would be heard as that word.
    """
    if part.type != "choice":
        return ()
    labels = [_label(choice, voice) for choice in part.choices]
    known = voice.work.snapshot.payload_form != BY_NUMBER  # a server of before does not know such a press
    return tuple(OutgoingButton(label, by_payload=known and is_consent_word(label, voice.work)) for label in labels)


def read_choice(part: QuestionPart, text: str, voice: Voice) -> str | None:
    """Return the value of the choice that `text` names: by what is shown, in any language, by value, or by number.

    Words that only ask for it don't count: `Quit, please` is the choice `Quit`.
    """
    if len(text) > LONGEST:
        return None
    said = normalise(text)
    found = _named(part, said, voice)
    return found if found is not None else _named(part, core(said), voice)


def _named(part: QuestionPart, said: str, voice: Voice) -> str | None:
    for choice in part.choices:
        if said in _forms(choice) or said == normalise(_label(choice, voice)):
            return choice.value if isinstance(choice, Choice) else choice
    number = plain_digits(said)
    if number.isdecimal() and len(number) < 4 and 1 <= int(number) <= len(part.choices):
        chosen = part.choices[int(number) - 1]
        return chosen.value if isinstance(chosen, Choice) else chosen
    return None


def _label(choice: str | Choice, voice: Voice) -> str:
    if isinstance(choice, str):
        return voice.words(choice) or choice
    return voice.words(choice.label) or choice.value


def _forms(choice: str | Choice) -> set[str]:
    if isinstance(choice, str):
        return {normalise(choice)}
    labels = [choice.label] if isinstance(choice.label, str) else choice.label.values()
    return {normalise(choice.value), *map(normalise, labels)}
