"""An act as the table has it: how each door is asked, and the books that the test keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.acts.doors import Refusal, Request, Row
from tests.acts.world import STAFF


@dataclass(frozen=True)
class Act:
    """An act, and what it has to come to through either door."""

    name: str
    command: Sequence[str]
    """What follows `assent`. With `--json`, `told` is compared."""
    request: Request
    told: Any = None
    """What both doors tell, as `read` has it."""
    read: Callable[[Any], Any] = lambda told: told
    """What is compared of the JSON that a door tells."""
    refusal: Refusal | None = None
    ledger: Sequence[Row] = ()
    """Contact, subject, before, after, and the detail if there is one."""
    audit: Sequence[Row] = ()
    """Action, target, detail."""
    seen: Sequence[Row] = ()
    """Rows of the audit that the API writes where its tokens see what commands mask unless they are told not to."""
    warnings: Sequence[str] = ()
    before: Sequence["Act"] = ()
    """Acts that come first, by the same door."""
    variables: Mapping[str, str] = field(default_factory=dict)

    def books(self, *, api: bool) -> tuple[list[Row], list[Row]]:
        """The rows that the act has to leave."""
        ledger = [(*row[:4], STAFF, *(row[4:] or ("",))) for row in self.ledger]
        return ledger, [(STAFF, *row) for row in (*self.audit, *(self.seen if api else ()))]


def part_of(*names: str) -> Callable[[Any], Any]:
    """Return what compares some members of a JSON object."""
    return lambda told: {name: told[name] for name in names}
