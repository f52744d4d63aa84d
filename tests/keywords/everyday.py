"""What people answer every day, by language. None of it may stop, start or help."""

from pathlib import Path

EVERYDAY: dict[str, list[str]] = {
    language: answers.split(", ")
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    for language, answers in [line.split(": ", 1)]
}
