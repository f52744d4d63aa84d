"""What changed between two recorded turns from elsewhere, carried over to another life of the same person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def carried(then: S, before: S, now: S) -> S:
    """Return `now` with what changed from `then`, after the one recorded turn, to `before`, ahead of the next.

    Fields, tags and other collections are changed item by item: what `now` has besides stays.
    """
    changed = {
        name: _value(old, new, getattr(now, name))
        for name in then.__struct_fields__
        if (old := getattr(then, name)) != (new := getattr(before, name))
    }
    return msgspec.structs.replace(now, **changed) if changed else now


def _value(old: Any, new: Any, mine: Any) -> Any:  # noqa: ANN401  # whatever a field holds
    if isinstance(old, Mapping):
        gone = old.keys() - new.keys()
        set_ = {key: value for key, value in new.items() if key not in old or old[key] != value}
        return {key: value for key, value in {**mine, **set_}.items() if key not in gone}
    if isinstance(old, frozenset):
        return (mine | (new - old)) - (old - new)
    if isinstance(old, tuple):
        return _items(old, new, mine)
    return new


def _items(old: Sequence[Any], new: Sequence[Any], mine: Iterable[Any]) -> tuple[Any, ...]:
    kept = [item for item in mine if item not in old or item in new]
    return (*kept, *(item for item in new if item not in old and item not in kept))
