"""What a pressed button is: its revision, its place there, what it does to consent, and the words it was shown with.

A revision's number can come again after a store was restored, and then it is another revision. So a payload names its
revision by digest; one of the first form names a number, and counts as an opt-in only if the words it was shown with
are those of the button that is found there.
"""

from typing import Final, NamedTuple, Protocol

from flows.builtin_buttons import EVERYWHERE
from flows.engine.button_acts import act_of
from flows.engine.words_shown import are_of, words_again
from flows.engine.work import Work
from flows.model.buttons import UrlButton
from flows.revision import PlacedButton, Revision
from segment_buttons.acts import ConsentAct, read_act
from segment_buttons.evidence import is_digest_of

UNKNOWN_REVISION: Final = "unknown revision"
"""Why a press is refused whose revision the store does not have, or not yet."""

UNKNOWN_BUTTON: Final = "unknown button"

UNPROVED: Final = "words not proved"
"""Why an opt-in is refused: which words the person saw can't be shown."""

OUTDATED: Final = frozenset((UNKNOWN_REVISION, UNKNOWN_BUTTON, UNPROVED))
"""Why a press of a button that we once sent is refused."""


class NamedButton(Protocol):
    """What names a button: a payload that was verified, or a quick reply on screen."""

    @property
    def revision(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def button(self) -> str: ...
    @property
    def evidence(self) -> str: ...
    @property
    def act(self) -> str: ...


class Found(NamedTuple):
    """A button that may be pressed."""

    revision: Revision
    placed: PlacedButton
    words: str | None
    """The words that it was shown with; None where that can't be proved."""


class ByAct(NamedTuple):
    """A press that lowers consent, of a button that is not there any more."""

    button: str
    act: ConsentAct
    words: str | None


class Refused(NamedTuple):
    """A press that changes nothing, and why."""

    reason: str


def resolve(work: Work, named: NamedButton, kept: str | None) -> Found | ByAct | Refused:
    """Find a button. `kept`: the words that the store has under the digest of its evidence."""
    revision = work.snapshot.named(named.revision, named.digest)
    if revision is None and named.digest and named.button in EVERYWHERE:
        revision = work.snapshot.live
    placed = revision.buttons.get(named.button) if revision is not None else None
    if placed is not None and (isinstance(placed.button, UrlButton) or not _as_signed(named, placed)):
        placed = None
    words = kept if kept is not None and is_digest_of(named.evidence, kept) else None
    if revision is None or placed is None:
        act = read_act(named.act)
        if act is not None and not act.raises:
            return ByAct(named.button, act, words)
        return Refused(UNKNOWN_REVISION if revision is None else UNKNOWN_BUTTON)
    act = act_of(placed.button)
    if act is None:
        # A payload of the first form has evidence if its button changed consent: then this is another revision.
        other = named.evidence and not named.digest
        return Refused(UNKNOWN_BUTTON) if other else Found(revision, placed, None)
    if words is None and named.evidence:
        words = words_again(named.evidence, revision, placed, work.contact, (work.language(revision),))
    elif words is not None and act.raises and not named.digest and not are_of(words, revision, placed):
        return Refused(UNPROVED)
    return Refused(UNPROVED) if words is None and act.raises else Found(revision, placed, words)


def _as_signed(named: NamedButton, placed: PlacedButton) -> bool:
    """Tell whether a button does what its payload says; a payload of the first form says nothing of it."""
    act = act_of(placed.button)
    return not named.digest or named.act == (act.word() if act is not None else "")
