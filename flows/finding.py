"""What is wrong with a flow file, told to its builder."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from messages.errors import BadInput


class Severity(StrEnum):
    """Whether a finding stops a push."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True):
    """One thing to put right: where it stands, what is wrong, what to do.

    `line` and `column` count from 1, columns in characters. `code` is stable, for scripts and for the documentation.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        remedy = self.remedy if self.remedy.endswith("?") else f"{self.remedy}."
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.problem}. {remedy} [{self.code}]"


class FlowInvalid(BadInput):
    """A flow file that can't be read, or not pushed. `findings` holds all that was found, in the file's order."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = in_order(findings)
        first = next((found for found in self.findings if found.severity is Severity.ERROR), self.findings[0])
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        place = f"{first.file}:{first.line}:{first.column}"
        super().__init__(first.problem + more, place=place, remedy=first.remedy)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of the file."""
    return tuple(sorted(findings, key=lambda found: (found.line, found.column, found.code, found.problem)))
