"""Checks of the words of links, which people send with one press."""

from collections.abc import Iterator

from flows.checks.view import Check, Fault, Limits, View, error
from flows.compile import keyword_index, reserved_words
from flows.model.bot import words_of_link
from keywords.normalise import normalise

WORDS_TAKEN = error("link-words-taken", "The words of a link are heard as something else.")


def _find_links(view: View, _limits: Limits) -> Iterator[Fault]:
    reserved, keywords = reserved_words(view.bot), keyword_index(view.bot)
    links: dict[str, str] = {}
    for name, link in view.bot.links.items():
        words = words_of_link(name, link)
        key = normalise(words)
        match = keywords.match(key) if key else None
        taken = ""
        if not key:
            taken = "hold nothing that can be heard"
        elif reserved.match(key) is not None:
            taken = "are heard as a word about consent"
        elif match is not None:
            taken = f"are the keyword `{match.word}`, which sends `{view.bot.keywords[match.rule].message}`"
        elif key in links:
            taken = f"are those of the link `{links[key]}` too"
        if taken:
            path = ("links", name) if link.words is None else ("links", name, "words")
            yield WORDS_TAKEN.broken(
                path,
                f"the words `{words}` of the link `{name}` {taken}",
                "Write other `words`, which start this link alone",
                at_key=link.words is None,
            )
        links.setdefault(key, name)


CHECK = Check((WORDS_TAKEN,), _find_links)
