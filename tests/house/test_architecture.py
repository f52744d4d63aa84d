"""The picture and the page of the architecture show the house as it is."""

import ast
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

from tests.house import shown
from tests.house.architecture import ROOT, draw, folders

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_picture_shows_the_imports_as_they_are() -> None:
    """`python -m tests.house.architecture >docs/architecture.svg` draws it again."""
    assert (ROOT / "docs" / "architecture.svg").read_text() == draw()


def test_the_picture_of_kinds_shows_what_the_channels_render() -> None:
    """`python -m tests.house.shown >docs/shown.svg` draws it again."""
    assert (ROOT / "docs" / "shown.svg").read_text() == shown.draw()
    assert {word: shown.said(word).message for word in shown.KINDS} == {word: word for word in shown.KINDS}


def test_every_page_has_a_door() -> None:
    """A page of `docs/` can be reached from the page of doors."""
    doors = (ROOT / "docs" / "README.md").read_text()
    assert [page.name for page in (ROOT / "docs").glob("*.md") if page.name not in (*_linked(doors), "README.md")] == []


def _linked(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("](")[1:]]


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Modules can be read from the bottom up. graphlib raises CycleError, which names the circle."""
    modules = {_dotted(path): path for name in folders(PROJECT) for path in (ROOT / name).rglob("*.py")}
    graph = {name: _imported(name, path, modules) for name, path in modules.items()}
    assert len(tuple(TopologicalSorter(graph).static_order())) == len(modules)


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules that one imports when it is loaded."""
    found = {
        next((each for each in (f"{node.module}.{alias.name}", f"{node.module}") if each in modules), "")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return found - {"", name}
