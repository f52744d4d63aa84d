"""What a check says: a rule, broken at a place."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from flows.checks.limits import Limits
from flows.checks.view import View
from flows.finding import Severity
from flows.walk import Path


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is checked. `code` is stable; `about` is its line in the documentation."""

    code: str
    severity: Severity
    about: str

    def broken(self, path: Path, problem: str, remedy: str, *, at_key: bool = False) -> "Fault":
        """Say that the value at `path` (or, `at_key`, the key it stands under) breaks this rule."""
        return Fault(self, path, at_key, problem, remedy)


class Fault(NamedTuple):
    """A rule broken at a path."""

    rule: Rule
    path: Path
    at_key: bool
    problem: str
    remedy: str


def error(code: str, about: str) -> Rule:
    """Return a rule that stops a push."""
    return Rule(code, Severity.ERROR, about)


def warning(code: str, about: str) -> Rule:
    """Return a rule that does not stop a push."""
    return Rule(code, Severity.WARNING, about)


@dataclass(frozen=True, slots=True)
class Check:
    """One subject: the rules it knows, and the function that finds where a flow breaks them."""

    rules: tuple[Rule, ...]
    find: Callable[[View, Limits], Iterable[Fault]]
