"""Webhook bodies, written from Meta's documentation."""

from typing import Any

import orjson

NOW_MS = 1_795_420_800_000
"""2026-11-23 08:00 UTC."""


def event(**content: Any) -> dict[str, Any]:
    return {"sender": {"id": "42"}, "recipient": {"id": "7"}, "timestamp": NOW_MS} | content


def text_event(words: str = "Hello", mid: str = "m_1") -> dict[str, Any]:
    return event(message={"mid": mid, "text": words})


def batch(*events: Any, source: str = "page") -> bytes:
    """One entry with these events."""
    return body({"id": "7", "time": NOW_MS, "messaging": list(events)}, source=source)


def body(*entries: Any, source: str = "page") -> bytes:
    return orjson.dumps({"object": source, "entry": list(entries)})
