"""What tells a person, as recordings and contacts know it, found in texts of which no flow tells the words.

Every search takes time in proportion to the text, whatever it holds.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from math import isfinite

from flows.engine import trace
from flows.engine.values import read_answer
from flows.own_lines import MASKED
from keywords.normalise import normalise
from messages.contact import Contact, FieldValue, ids_of, names_of
from messages.inbound import TextReceived
from storage.records import JournalEntry

Known = JournalEntry | Contact

_CLEAR = 3
"""Characters of a part of a name from which on it is looked for by itself."""
_LONGEST = 200
"""Characters of a value that is looked for letter by letter; whatever holds a longer one is hidden as a whole."""

_EMAIL = r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"
_PHONE = r"(?<![\w.:/-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}(?![\w:/-])"
_LOOKS_PERSONAL = re.compile(f"{_EMAIL}|{_PHONE}")
_ERROR_NUMBER = re.compile(r"\d{1,8}")
"""Without signs and blanks: the number of an error, in what a channel says."""


class PersonalValues:
    """What is known to tell a person: by what they are called and found, and what they said."""

    def __init__(self, *known: Known) -> None:
        called: set[str] = set()
        said: set[str] = set()
        for each in known:
            called.update(value for one in _called(each) if (value := one.strip()))
            said.update(value for one in _said(each) if (value := one.strip()))
        short = sorted((value for value in called if len(value) <= _LONGEST), key=lambda value: (-len(value), value))
        self._called = re.compile("|".join(map(_pattern, short))) if short else None
        self._said = _Values(said | {value for value in called if len(value) > _LONGEST})
        self._all = _Values(said | called)

    def masked(self, text: str) -> str:
        """Return a text without what tells the person; none of it, where it holds what they said."""
        return MASKED if self._said.are_in(text) else self._without_names(text, _looks_personal)

    def masked_lines(self, text: str) -> str:
        """Return a text that may be a flow's without the lines that hold anything of the person: what is left of such
        a line would tell the rest.
        """
        return "\n".join(
            MASKED if self._all.are_in(line) or _LOOKS_PERSONAL.search(line) else line for line in text.split("\n")
        )

    def masked_reason(self, text: str) -> str:
        """Return what a channel said, without what tells the person. The numbers of its errors stay, and its words."""
        if self._said.phrases_are_in(text):
            return MASKED
        return self._without_names(text, lambda found: found if _ERROR_NUMBER.fullmatch(found) else MASKED)

    def _without_names(self, text: str, stands_for: Callable[[str], str]) -> str:
        if self._called is not None:
            text = self._called.sub(MASKED, text)
        return _LOOKS_PERSONAL.sub(lambda found: stands_for(found[0]), text)


class _Values:
    """Values that are looked for in whatever capitals: single words by themselves, others anywhere."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in (value.casefold(), normalise(value)) if form}
        self._words = {form for form in forms if form.isalnum()}
        self._phrases = sorted(forms - self._words)

    def are_in(self, text: str) -> bool:
        """Tell whether a text holds any of them."""
        return self.phrases_are_in(text) or not self._words.isdisjoint(re.findall(r"\w++", text.casefold()))

    def phrases_are_in(self, text: str) -> bool:
        """Tell whether a text holds one that is more than a word: a word may be one of the language's."""
        folded = text.casefold()
        return any(phrase in folded for phrase in self._phrases)


def _looks_personal(_: str) -> str:
    return MASKED


def _pattern(value: str) -> str:
    """Return what finds a value that stands by itself. A name of one word counts only as it is written, for it may be a
    word of the language too.
    """
    escaped = re.escape(value)
    return rf"(?<!\w){escaped if value.isalpha() else f'(?i:{escaped})'}(?!\w)"


def _called(known: Known) -> Iterator[str]:
    if isinstance(known, JournalEntry):
        sender = known.event.sender
        yield from (sender.name, sender.email, sender.aad_object_id, sender.user)
        yield from (part for part in sender.name.split() if len(part) >= _CLEAR)
        for contact in (known.contact_before, known.outcome.contact):
            if contact is not None:
                yield from _called(contact)
        return
    yield from (*names_of(known), *ids_of(known))
    yield from (part for name in names_of(known) for part in name.split() if len(part) >= _CLEAR)


def _said(known: Known) -> Iterator[str]:
    if isinstance(known, JournalEntry):
        for contact in (known.contact_before, known.outcome.contact):
            if contact is not None:
                yield from _said(contact)
        yield from _answers(known)
        return
    yield from (note.text for note in known.notes)
    yield from known.talked_with
    for value in known.fields.values():
        if not isinstance(value, bool):
            yield from _told(value)


def _answers(entry: JournalEntry) -> Iterator[str]:
    """Yield what the person answered to a question, as they typed it and as a flow may say it.

    A field that the same turn clears is in no contact.
    """
    action, outcome = entry.event.action, entry.outcome
    if not isinstance(action, TextReceived) or all(step.kind != trace.ANSWER for step in outcome.trace):
        return
    yield action.text
    for kind in ("number", "date"):
        for language in (outcome.contact.language, *_LANGUAGES):
            value = read_answer(kind, action.text, language)
            if value is not None:
                yield from _told(value)


_LANGUAGES = ("en-GB", "en-US", "fr")
"""Ways to read numbers and dates that differ."""


def _told(value: FieldValue) -> Iterator[str]:
    """Yield a field's value as texts show it: numbers may be rounded."""
    yield str(value)
    if isinstance(value, float) and isfinite(value):
        yield from {str(round(value)), str(int(value)), str(round(value, 1)), str(round(value, 2))}
