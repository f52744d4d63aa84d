"""Which modules are changed, and which tests have to notice."""

from pathlib import Path
from typing import Final, NamedTuple


class Scope(NamedTuple):
    """Modules of one folder. `seconds`: after which a change that makes the tests hang counts as noticed."""

    folder: str
    tests: tuple[str, ...]
    seconds: float


SCOPES: Final = (
    Scope("segment_buttons", ("tests/segment_buttons", "tests/flows/engine/test_turns.py"), 60),
    Scope("consent", ("tests/consent/test_acts.py", "tests/consent/test_merging.py", "tests/consent"), 120),
    Scope("filters", ("tests/filters",), 120),
    Scope("keywords", ("tests/keywords", "tests/flows/engine/test_golden.py"), 120),
    Scope("flows/engine", ("tests/flows/engine",), 180),
)


def modules_of(scope: Scope, root: Path, only: tuple[str, ...]) -> list[str]:
    """Return the modules of a scope that are to be changed: all, or those whose path begins with one of `only`."""
    found = sorted(str(path.relative_to(root)) for path in (root / scope.folder).rglob("*.py"))
    return [path for path in found if not path.endswith("__init__.py") and (not only or path.startswith(only))]
