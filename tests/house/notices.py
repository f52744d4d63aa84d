"""Makes THIRD-PARTY-NOTICES.md: what is installed along with Assent, in which version, under which licence.

`python -m tests.house.notices` prints it; `make lock` renews it. Names and versions are those of requirements.lock,
licences those that the installed packages declare.
"""

import importlib.metadata
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.house.test_house import ROOT

_ENTRY = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.*?))? \\$", re.MULTILINE)
_LONGEST = 60
"""Characters of a licence's name; what is longer is its text."""

_NOT_INSTALLED = {"async-timeout": "Apache-2.0"}
"""Packages that only other versions of Python need, as the package index has them."""

_HEAD = """# Third-party notices

Assent runs with these packages, which are installed beside it and are not part of it. Each carries its own licence
file. Made from `requirements.lock` and what the packages declare, by `make lock`.

| package | version | licence |
|---|---|---|
"""


class Package(NamedTuple):
    """A package of the lock; `versions` are several where Python's version decides."""

    name: str
    versions: tuple[str, ...]

    @property
    def licence(self) -> str:
        """What it declares, in its own words; '' where it is not installed and not known."""
        try:
            found = importlib.metadata.metadata(self.name)
        except importlib.metadata.PackageNotFoundError:
            return _NOT_INSTALLED.get(self.name, "")
        said = found.get("License-Expression") or found.get("License") or ""
        if said and len(said) <= _LONGEST and "\n" not in said:
            return said
        classified = [each.rpartition(" :: ")[2] for each in found.get_all("Classifier") or () if "License ::" in each]
        return ", ".join(classified) or "see its licence file"


def packages() -> Sequence[Package]:
    """Return the packages that are needed to run."""
    versions: dict[str, list[str]] = {}
    for name, version, _ in _ENTRY.findall((ROOT / "requirements.lock").read_text()):
        versions.setdefault(name, []).append(version)
    return [Package(name, tuple(found)) for name, found in sorted(versions.items())]


def notices() -> str:
    """Return the file."""
    return _HEAD + "".join(
        f"| {package.name} | {' or '.join(package.versions)} | {package.licence} |\n" for package in packages()
    )


def listed() -> Mapping[str, tuple[str, str]]:
    """Return what the file says, by package: version and licence."""
    rows = re.findall(r"^\| (\S+) \| (.*?) \| (.*?) \|$", (ROOT / "THIRD-PARTY-NOTICES.md").read_text(), re.MULTILINE)
    return {name: (version, licence) for name, version, licence in rows if name != "package"}


if __name__ == "__main__":
    print(notices(), end="")  # noqa: T201  # this is what it is for
