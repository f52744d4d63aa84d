"""What must stay true of the code itself."""

import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
TOP_LEVEL = sorted({name.split(".")[0] for name in PACKAGES})


def test_each_folder_belongs_to_this_distribution_alone() -> None:
    owners = importlib.metadata.packages_distributions()
    owned = {name: set(owners.get(name, ())) for name in TOP_LEVEL}  # a wheel built here leaves a second record of it
    assert owned == {name: {"assent"} for name in TOP_LEVEL}


def test_every_package_is_listed() -> None:
    found = {
        str(path.parent.relative_to(ROOT)).replace("/", ".")
        for name in TOP_LEVEL
        for path in (ROOT / name).rglob("__init__.py")
    }
    assert found == set(PACKAGES)


def test_every_top_level_package_is_typed() -> None:
    assert [name for name in TOP_LEVEL if not (ROOT / name / "py.typed").exists()] == []


def test_every_file_says_what_it_is() -> None:
    """The first thing in a module is its docstring."""
    modules = [path for name in TOP_LEVEL for path in (ROOT / name).rglob("*.py")]
    assert [str(path) for path in modules if not re.match('r?"""', path.read_text())] == []


def test_no_file_is_longer_than_a_reader_bears() -> None:
    modules = [path for name in TOP_LEVEL for path in (ROOT / name).rglob("*.py")]
    assert [str(path) for path in modules if path.read_text().count("\n") > 400] == []


def test_every_decision_is_numbered_once() -> None:
    names = [path.name for path in (ROOT / "docs" / "adr").glob("*.md")]
    numbers = [name[:4] for name in names]
    assert sorted(set(numbers)) == sorted(numbers)
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)


def _links() -> list[tuple[str, str]]:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    return [
        (str(page.relative_to(ROOT)), target)
        for page in pages
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text())
    ]


@pytest.mark.parametrize(("page", "target"), _links())
def test_links_between_pages_lead_somewhere(page: str, target: str) -> None:
    assert ((ROOT / page).parent / target).exists()


LOCKS = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_covers_every_dependency(name: str) -> None:
    lock = (ROOT / name).read_text().lower()
    names = [re.split(r"[<>=\[ ]", entry)[0].lower() for entry in LOCKS[name]]
    assert [name for name in names if not re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE)] == []


def test_both_locks_name_the_same_versions() -> None:
    running, developing = (set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS)
    assert running < developing


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_hash_for_every_package(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    pinned = [entry for entry in entries if "==" in entry.split("\n")[0]]
    assert pinned
    assert [entry.split("\n")[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_no_secrets_or_stores_are_tracked() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert [name for name in listed.stdout.split() if re.search(r"\.(db|key|pem)(-wal|-shm)?$", name)] == []
