"""The language of a conversation."""

from functools import lru_cache

from flows.revision import Revision
from messages.contact import Contact

FIELD = "language"
"""The contact field in which a flow stores a language that the person chose."""


def language_of(contact: Contact, revision: Revision) -> str:
    """Return the language the flow stored, else the one the channel told, else the bot's first."""
    chosen = contact.fields.get(FIELD)
    return (chosen if isinstance(chosen, str) else "") or contact.language or revision.fallback


def speaks(language: str, wanted: str) -> bool:
    """Tell whether `language` is `wanted` or a form of it: `fr-CA` is French."""
    ours, theirs = language.casefold(), wanted.casefold()
    return ours == theirs or ours.startswith(f"{theirs}-")


@lru_cache(maxsize=1024)
def tidy(locale: str) -> str:
    """Return a channel's locale as BCP 47, or nothing if it does not look like one: `en_GB` is `en-GB`."""
    parts = locale.strip().replace("_", "-").split("-")
    if not 2 <= len(parts[0]) <= 3 or not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts):
        return ""
    return "-".join([parts[0].lower(), *parts[1:]])
