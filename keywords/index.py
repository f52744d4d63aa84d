"""The builder's keyword rules, compiled so that a message is matched in time that depends on its own length alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """The rule that a text matched: its position in the flow, and the word that did it, as the builder wrote it."""

    rule: int
    word: str


class KeywordIndex:
    """Finds the rule that answers a text: `is` before `contains`, then the builder's order."""
