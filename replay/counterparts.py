"""Which button of one revision is which of another."""

from collections.abc import Hashable, Iterator, Mapping

from flows.diff_words import action_of
from flows.model.buttons import ButtonBase
from flows.pairing import pair
from flows.revision import Revision
from flows.walk import named_buttons_of

_Named = tuple[str, ButtonBase]


def counterparts(old: Revision, new: Revision) -> Mapping[str, str]:
    """Return the ids of the buttons of `new` by those of `old`: the same id, else, in the same message, the same words,
    else the same action under other words. A button that `new` does not have is left out.
    """
    found: dict[str, str] = {}
    for message in old.bot.messages.keys() & new.bot.messages.keys():
        pairing = pair(list(_buttons(old, message)), list(_buttons(new, message)), _own_id, _words, _action)
        found.update((before, after) for (before, _), (after, _) in pairing.pairs)
    for button, placed in old.buttons.items():
        if button not in found and placed.button.id and placed.button.id in new.buttons:
            found[button] = placed.button.id  # it moved to another message
    return found


def _buttons(revision: Revision, message: str) -> Iterator[_Named]:
    for button_id, placed in named_buttons_of(message, revision.bot.messages[message]):
        yield button_id, placed.button


def _own_id(named: _Named) -> Hashable:
    return named[1].id or None


def _action(named: _Named) -> Hashable:
    return action_of(named[1])


def _words(named: _Named) -> Hashable:
    return repr(named[1].label)
