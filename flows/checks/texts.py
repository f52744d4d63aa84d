"""Texts by language, keywords one by one."""

import re

from flows.model.base import Localised, WordList, words_of
from flows.walk import Path

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def by_language(text: Localised) -> list[tuple[str, str]]:
    """Return a text as pairs of language and words; one for everybody has the language ""."""
    return [("", text)] if isinstance(text, str) else list(text.items())


def without_placeholders(text: str) -> str:
    """Return what stands in a text around its placeholders."""
    return _PLACEHOLDER.sub(" ", text)


def longest(text: Localised) -> str:
    """Return the longest of a text's languages, without its placeholders: their length is not known."""
    return max((without_placeholders(words).strip() for _, words in by_language(text)), key=len)


def length(text: str) -> int:
    """Return a text's length as channels count it: in UTF-16 code units, an emoji being two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def placed_words(path: Path, words: WordList | None) -> list[tuple[Path, str]]:
    """Return keywords with the way to each; those of a comma list all stand at the list."""
    if words is None:
        return []
    if isinstance(words, str):
        return [(path, word) for word in words_of(words)]
    return [((*path, position), word.strip()) for position, word in enumerate(words)]
