"""Sentences of a file, by language: a line is `language: sentence`, and `#` begins a remark."""

from pathlib import Path


def sentences(name: str) -> dict[str, list[str]]:
    """Read `tests/keywords/<name>.txt`."""
    found: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            language, sentence = line.split(": ", 1)
            found.setdefault(language, []).append(sentence)
    return found
