"""The known name nearest to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was most likely meant, None when no known one comes near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str], *, only_near: bool = False) -> str:
    """Return what to do about an unknown name: the nearest one, else a list of all when they are few."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"Did you mean `{near}`?"
    if only_near:
        return ""
    if 0 < len(names) <= 20:
        return "Use one of " + ", ".join(f"`{candidate}`" for candidate in names)
    return "Delete it, or correct its spelling"
