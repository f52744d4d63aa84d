"""Texts by language."""

import re

from flows.model.base import Localised

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
