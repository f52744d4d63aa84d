"""Whether words were shown beside a button: found again from the revision, or recognised as that button's."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from flows.model.base import Localised, text_for
from flows.model.bot import Segment
from flows.model.part import PartBase
from flows.model.parts import CallMessagePart, Card, GoToPart, IfHoursPart, IfPart, Part, QuestionPart, SplitPart
from flows.model.state_parts import PausePart
from flows.revision import PlacedButton, Revision
from flows.template import Context, Names, TemplateFault, has_placeholders, render, render_rest
from flows.walk import parts_of
from messages.consent import SEQUENCE, TOPIC, kind_of_subject
from messages.contact import Contact, known_of
from segment_buttons.payload import is_digest_of


def context_of(contact: Contact, revision: Revision, language: str) -> Context:
    """Return what the texts of `revision` can name, said to `contact` in `language`."""
    person: dict[str, Names] = {
        "contact": Names(lambda name: known_of(contact, name, language)),
        "field": Names(contact.fields.get),
    }

    def words(text: str) -> str:
        # The bot's own names may greet the person, but they don't name each other: that could go round for ever.
        nothing = Names(lambda _: None)
        context = {**person, **dict.fromkeys(("segment", "topic", "sequence", "bot"), nothing)}
        try:
            return render(text, context)
        except TemplateFault:
            return render_rest(text, context)

    def listed(kind: str) -> Names:
        def one(name: str) -> Names | None:
            found = None if kind_of_subject(name) else revision.segments.get(kind + name)
            return None if found is None else Names(lambda key: _segment(found, key))

        return Names(one)

    def _segment(found: Segment, key: str) -> str | None:
        if key == "name":
            return words(text_for(found.name, language, revision.fallback))
        if key == "purpose" and found.purpose is not None:
            return words(text_for(found.purpose, language, revision.fallback))
        return None

    def bot(name: str) -> str | None:
        return words(text_for(revision.bot.name, language, revision.fallback)) if name == "name" else None

    return {
        **person,
        "segment": listed(""),
        "topic": listed(TOPIC),
        "sequence": listed(SEQUENCE),
        "bot": Names(bot),
    }


_MAX_WAYS, _MAX_STEPS = 64, 5000
"""Ways through the branches of a message that are tried, and steps that looking for them may take."""

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BLANKS = re.compile(r"\s+")


def words_again(
    digest: str, revision: Revision, placed: PlacedButton, contact: Contact, languages: Iterable[str]
) -> str | None:
    """Return the words beside a button whose digest is `digest`, if the revision gives them again in a language.

    What a placeholder put in may have changed since, and then they do not come out the same.
    """
    for language in dict.fromkeys((*languages, *revision.bot.languages)):

        def filled(text: Localised, language: str = language) -> str:
            return _filled(text, contact, revision, language)

        label = " ".join(filled(placed.button.label).split()) or placed.id
        for above in _above(revision, placed, filled):
            words = f"{above}\n{label}" if above else label
            if is_digest_of(digest, words):
                return words
    return None


def are_of(words: str, revision: Revision, placed: PlacedButton) -> bool:
    """Tell whether words can be those of a button: the last line is a label of it, the lines above are of its text.

    A placeholder may have put in anything; a text that is one placeholder alone, or has branches, is not recognised.
    """
    shown, _, label = words.rpartition("\n")
    labels = (_BLANKS.sub(" ", text) for text in _each(placed.button.label))
    if not any(_fits(label, text) for text in labels) and label != placed.id:
        return False
    message = revision.bot.messages.get(placed.message)
    if placed.part is not None:
        texts = list(_texts(placed.part))
    elif message is None:
        return False
    else:
        texts = [text for found in parts_of(placed.message, message) for text in _texts(found.part)]
    return _made_of(shown.split("\n"), [each for text in texts for each in _each(text)])


def _filled(text: Localised, contact: Contact, revision: Revision, language: str) -> str:
    chosen = text_for(text, language, revision.fallback)
    if has_placeholders(chosen):
        context = context_of(contact, revision, language)
        try:
            chosen = render(chosen, context)
        except TemplateFault:
            chosen = render_rest(chosen, context)
    return chosen.strip()


def _above(revision: Revision, placed: PlacedButton, filled: Callable[[Localised], str]) -> Iterator[str]:
    """Yield what may have stood above the label, line by line."""
    if placed.part is not None:
        yield _lines((placed.part,), filled)
        return
    message = revision.bot.messages.get(placed.message)  # a built-in button has none
    for way in islice(_ways(message.parts if message is not None else ()), _MAX_WAYS):
        yield _lines(way, filled)


def _lines(parts: Iterable[Part | Card], filled: Callable[[Localised], str]) -> str:
    return "\n".join(filter(None, (filled(text) for part in parts for text in _texts(part))))


def _ways(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """Yield the parts that are said last before a message ends, for each way through its branches."""
    todo: list[tuple[tuple[Part, ...], tuple[Part, ...]]] = [((), parts)]
    for _ in range(_MAX_STEPS):
        if not todo:
            return
        said, left = todo.pop()
        if not left:
            yield said
            continue
        part, rest = left[0], left[1:]
        match part:
            case IfPart() | IfHoursPart() | SplitPart():
                branches = (branch for _, branch in reversed(part.branches()) if not isinstance(branch, str))
                todo.extend((said, (*branch, *rest)) for branch in branches)
            case GoToPart():
                pass  # the message ends elsewhere
            case PausePart() | QuestionPart() | CallMessagePart():
                todo.append(((), rest))
            case _:
                todo.append(((*said, part), rest))


_SHOWN = frozenset({"text", "title", "subtitle", "alt"})


def _texts(part: PartBase | Card) -> Iterator[Localised]:
    """Yield what a part says, each text as a whole; a question's words come with its answers."""
    return (text.text for text in part.texts() if text.kind in _SHOWN)


def _each(text: Localised) -> Iterable[str]:
    return (text,) if isinstance(text, str) else text.values()


def _made_of(lines: list[str], texts: list[str]) -> bool:
    """Tell whether lines are some of the texts, one below the other."""
    reached = {0}
    for start in range(len(lines)):
        if start in reached:
            for text in texts:
                end = start + text.strip().count("\n") + 1
                if end <= len(lines) and _fits("\n".join(lines[start:end]), text):
                    reached.add(end)
    return len(lines) in reached


def _fits(words: str, text: str) -> bool:
    """Tell whether words are a text of the flow, filled in somehow. Takes time in proportion to their length."""
    text = text.strip()
    if "{%" in text or "{#" in text:
        return False
    first, *others = _PLACEHOLDER.split(text)
    if not others:
        return words == text
    *middle, last = others
    if not any(sign.isalnum() for sign in f"{first}{''.join(others)}"):
        return False
    at, end = len(first), len(words) - len(last)
    if at > end or not words.startswith(first) or not words.endswith(last):
        return False
    for literal in middle:
        at = words.find(literal, at, end)
        if at < 0:
            return False
        at += len(literal)
    return True
