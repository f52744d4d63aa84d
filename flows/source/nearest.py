"""The known name nearest to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nsmallest

_MOST = 200
"""How many names are compared letter by letter."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was most likely meant, None when no known one comes near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    if len(by_fold) > _MOST:
        by_fold = _shortlist(name.casefold(), by_fold)
    matches = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[matches[0]] if matches else None


def _shortlist(name: str, by_fold: dict[str, str]) -> dict[str, str]:
    """Keep the names that begin or end like `name`, those of about its length first: comparing is slow."""
    alike = [known for known in by_fold if known[:2] == name[:2] or known[-2:] == name[-2:]]
    return {known: by_fold[known] for known in nsmallest(_MOST, alike, key=lambda known: abs(len(known) - len(name)))}


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str | None = None) -> str:
    """Return what to do about an unknown name: the nearest, else `otherwise`, else one of the few there are."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"Did you mean `{near}`?"
    if otherwise is not None:
        return otherwise
    if 0 < len(names) <= 20:
        return "Use one of " + ", ".join(f"`{candidate}`" for candidate in names)
    return "Delete it, or correct its spelling"
