"""The trade's words: the glossary names what exists, and words that were given up do not come back."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from cli.main import cli

ROOT = Path(__file__).parent.parent.parent
PRODUCT = [
    *(
        "adapters",
        "audiences",
        "broadcasts",
        "cli",
        "config",
        "consent",
        "console",
        "filters",
        "flows",
        "keywords",
        "messages",
    ),
    *("privacy", "publishing", "replay", "runtime", "schedules", "segment_buttons", "staff", "standin", "storage"),
]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in GLOSSARY.splitlines() if line.startswith("| ")
][1:]

NAMES = ["TurnsInHand", "Courier", "Patience", "Standing", "Weakness", "TakenOver", "JobTaken", "IN_HAND", "Told"]
"""Identifiers that say something else than they mean."""

FILES = ["in_hand", "patience", "courier", "told", "following", "link", "lanes", "turn_checks"]
"""Modules likewise."""

PHRASES = [
    *("nobody took an error", "put off", "as before:", "there is such a file", "can't be listened on", "no blanks"),
    *("Say who may use", "Shall messages", "keep silent", "stands twice", "stands here", "Type the id anew"),
    *(
        "are possible again",
        "may be sent to",
        "untold",
        "whoever meets",
        "Moving house",
        "nobody waited for any more",
        "assent_store_weak",
    ),
]
"""Turns of texts that are logged, shown and documented."""

SOURCES = [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def defined() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name
            elif isinstance(node, ast.Assign):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are not docstrings."""
    tree = ast.parse(path.read_text())
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def commands(command: click.Command, path: str) -> Iterator[str]:
    yield path
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            if found is not None:
                yield from commands(found, f"{path} {name}")


def test_each_term_of_the_glossary_exists() -> None:
    names, known = set(defined()), set(commands(cli, "assent"))
    for term, meaning, code, command, _ in ROWS:
        assert meaning, term
        assert set(re.findall(r"`(\w+)`", code)) <= names, term
        assert {each for each in re.findall(r"`([^`]+)`", command) if each.startswith("assent")} <= known, term


def test_its_terms_are_in_order_of_the_alphabet_but_for_what_belongs_together() -> None:
    terms = [term for term, *_ in ROWS if term != "account"]
    assert [(one, other) for one, other in pairwise(terms) if one > other] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_identifier_comes_back(name: str) -> None:
    word = re.compile(rf"\b{name}\b")
    assert [str(path.relative_to(ROOT)) for path in SOURCES if word.search(path.read_text())] == []


def test_no_module_comes_back() -> None:
    assert [str(path.relative_to(ROOT)) for path in SOURCES if path.stem in FILES] == []


def test_no_phrase_comes_back() -> None:
    said = [(path, text) for path in SOURCES for text in texts(path)]
    said += [(path, path.read_text()) for path in PAGES]
    found = [f"{path.relative_to(ROOT)}: {phrase}" for path, text in said for phrase in PHRASES if phrase in text]
    assert found == []
