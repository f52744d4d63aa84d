"""What every piece of a flow file shares."""

from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Piece(BaseModel):
    """A piece of a flow file: immutable, and an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
URL_PATTERN = r"^https?://\S+$"
DURATION_PATTERN = r"^[1-9][0-9]{0,4}(s|m|h|d)$"

SUBSCRIPTION_PATTERN = r"^(topic|sequence):[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
SUBJECT_PATTERN = r"^((topic|sequence):)?[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

Id = Annotated[str, Field(pattern=ID_PATTERN)]
"""The id of a message, segment, field, tag, …: letters, digits, `_`, `.` and `-`, at most 64."""

Subscription = Annotated[str, Field(pattern=SUBSCRIPTION_PATTERN)]
"""A topic or a sequence: `topic:news`, `sequence:onboarding`."""

Subject = Annotated[str, Field(pattern=SUBJECT_PATTERN)]
"""A segment by its id, or a topic or a sequence: `tips`, `topic:news`, `sequence:onboarding`."""

Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN)]

"""BCP 47, e.g. `en` or `pt-BR`."""

Words = Annotated[str, Field(min_length=1)]

Localised = Words | Annotated[dict[Language, Words], Field(min_length=1)]
"""One text for everybody, or a text by language: `Hello` or `{en: Hello, fr: Bonjour}`. May hold placeholders."""

WordList = Words | tuple[Words, ...]
"""Keywords: a list, or words separated by commas."""

Url = Annotated[str, Field(pattern=URL_PATTERN, max_length=2048)]

Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]
"""e.g. `3s`, `10m`, `2h`, `1d`."""


def text_for(text: Localised, language: str, fallback: str) -> str:
    """Return `text` in `language`, else in its base language, else in `fallback`, else the first one written."""
    if isinstance(text, str):
        return text
    found = next((text[form] for form in language_forms(language) if text.get(form)), None) or text.get(fallback)
    return found if found is not None else next(iter(text.values()), "")


@lru_cache(maxsize=1024)
def language_forms(language: str) -> tuple[str, ...]:
    """Return the codes under which a text for somebody of this language may stand, the nearest first.

    Taiwan, Hong Kong and Macau read Chinese in traditional characters: `zh-TW` is `zh-TW`, `zh-Hant`, `zh`. A code may
    be written as systems do (`pt_BR`).
    """
    base, _, rest = language.replace("_", "-").partition("-")
    forms = [language, f"{base.lower()}-{rest.upper()}"] if rest else [language]
    if base.lower() == "zh" and {"hant", "tw", "hk", "mo"} & set(rest.lower().split("-")[:1]):
        forms.append("zh-Hant")
    return tuple(dict.fromkeys((*forms, base, base.lower())))


def words_of(words: WordList) -> tuple[str, ...]:
    """Return keywords as a tuple: a comma list is split, each word stripped, empty ones dropped."""
    parts = words.split(",") if isinstance(words, str) else words
    return tuple(stripped for part in parts if (stripped := part.strip()))


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(duration: Duration) -> int:
    """Return a duration in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]
