"""Which button of one revision is which of another."""

from collections.abc import Hashable, Iterator, Mapping

from flows.builtin_buttons import EVERYWHERE
from flows.diff import pair
from flows.diff_words import action_of
from flows.model.buttons import ButtonBase
from flows.model.parts import CarouselPart, Part, QuestionPart, TextPart
from flows.revision import Revision
from flows.walk import named_buttons_of, parts_of

_Named = tuple[str, ButtonBase]


def counterparts(old: Revision, new: Revision) -> Mapping[str, str]:
    """Return the ids of the buttons of `new` by those of `old`: the same id, else, in the same message, the same words,
    else the same action under other words. A message that only has another name is the same. A button that `new` does
    not have is left out.
    """
    found: dict[str, str] = {}
    kept = {message: message for message in old.bot.messages.keys() & new.bot.messages.keys()}
    for before, after in {**kept, **renamed(old, new)}.items():
        pairing = pair(list(_buttons(old, before)), list(_buttons(new, after)), _own_id, _words, _action)
        found.update((was, is_now) for (was, _), (is_now, _) in pairing.pairs)
    builtin = pair(list(_builtin(old)), list(_builtin(new)), _on_all, _words, _action)
    found.update((was, is_now) for (was, _), (is_now, _) in builtin.pairs)
    for button, placed in old.buttons.items():
        if button not in found and placed.button.id and placed.button.id in new.buttons:
            found[button] = placed.button.id  # it moved to another message
    return found


def renamed(old: Revision, new: Revision) -> Mapping[str, str]:
    """Return the messages that say the same under another name in `new`, by their old names."""
    gone = [name for name in old.bot.messages if name not in new.bot.messages]
    come = [name for name in new.bot.messages if name not in old.bot.messages]
    if not gone or not come:
        return {}
    said = {name: _said(revision, name) for revision, names in ((old, gone), (new, come)) for name in names}
    pairing = pair([(name, said[name]) for name in gone], [(name, said[name]) for name in come], _said_in)
    return {before: after for (before, _), (after, _) in pairing.pairs}


def _said_in(named: tuple[str, str]) -> Hashable:
    return named[1] or None


def _said(revision: Revision, name: str) -> str:
    """Return what is read of a message: its texts and the words of its buttons."""
    message = revision.bot.messages[name]
    texts = [_text(placed.part) for placed in parts_of(name, message)]
    labels = [repr(button.label) for _, button in _buttons(revision, name)]
    return "\n".join([*filter(None, texts), *labels])


def _text(part: Part) -> str:
    match part:
        case TextPart(text=text):
            return repr(text)
        case QuestionPart(question=question):
            return repr(question)
        case CarouselPart(carousel=cards):
            return repr([(card.title, card.subtitle) for card in cards])
        case _:
            return ""


def _buttons(revision: Revision, message: str) -> Iterator[_Named]:
    for button_id, placed in named_buttons_of(message, revision.bot.messages[message]):
        yield button_id, placed.button


def _builtin(revision: Revision) -> Iterator[_Named]:
    """Yield the buttons that no message has."""
    for placed in revision.buttons.values():
        if not placed.message:
            yield placed.id, placed.button


def _on_all(named: _Named) -> Hashable:
    return named[0] if named[0] in EVERYWHERE else None


def _own_id(named: _Named) -> Hashable:
    return named[1].id or None


def _action(named: _Named) -> Hashable:
    return action_of(named[1])


def _words(named: _Named) -> Hashable:
    return repr(named[1].label)
