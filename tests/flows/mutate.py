"""Nested data with one value replaced."""

from typing import Any


def mutate(data: Any, steps: list[int], value: Any) -> Any:
    """Return a copy of nested data with one value, found by following `steps`, replaced."""
    if not steps or not isinstance(data, dict | list) or not data:
        return value
    if isinstance(data, dict):
        chosen = list(data)[steps[0] % len(data)]
        return {key: mutate(inner, steps[1:], value) if key == chosen else inner for key, inner in data.items()}
    at = steps[0] % len(data)
    return [mutate(inner, steps[1:], value) if number == at else inner for number, inner in enumerate(data)]
