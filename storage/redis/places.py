"""Where one is in the log of turns of each shard, as text: `0=1763-0,1=1764-2`."""

from collections.abc import Mapping

Places = dict[int, str]
"""The last line that was read, by the shard's number."""


def read_places(position: str) -> Places:
    """Return the places that a position names; '' is the beginning everywhere."""
    parts = [part.partition("=") for part in position.split(",") if part]
    return {int(number): place for number, _, place in parts}


def write_places(places: Mapping[int, str]) -> str:
    """Return places as a position."""
    return ",".join(f"{number}={place}" for number, place in sorted(places.items()))
