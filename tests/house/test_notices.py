"""What is installed along with Assent is named in the wheel, with its licence."""

import importlib.metadata
import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.notices import listed, packages
from tests.house.test_house import PROJECT, ROOT

MANIFEST = ROOT / "examples/production/teams-app/manifest.json"


def test_the_notices_name_what_the_lock_has() -> None:
    assert len(packages()) > 40
    assert {name: version for name, (version, _) in listed().items()} == {
        package.name: " or ".join(package.versions) for package in packages()
    }


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_each_licence_is_the_one_that_the_package_declares(package: object) -> None:
    name, versions = package  # type: ignore[misc]
    _, licence = listed()[name]
    assert licence
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is for other versions of Python")
    if installed in versions:
        assert licence == package.licence  # type: ignore[attr-defined]


def test_the_wheel_carries_the_licence_and_the_notices(wheel: Path) -> None:
    files = PROJECT["project"]["license-files"]
    assert set(files) == {"LICENSE", "THIRD-PARTY-NOTICES.md"}
    with ZipFile(wheel) as packed:
        carried = {name.rpartition("/licenses/")[2]: name for name in packed.namelist() if "/licenses/" in name}
        assert set(carried) == set(files)
        for name, place in carried.items():
            assert packed.read(place) == (ROOT / name).read_bytes()


def test_the_teams_app_has_what_teams_requires() -> None:
    """Required and limited by Microsoft's schema of version 1.19."""
    manifest = json.loads(MANIFEST.read_text())
    required = {
        "manifestVersion", "version", "id", "developer", "name", "description", "icons", "accentColor",
    }  # fmt: skip
    assert required <= set(manifest)
    assert re.fullmatch(
        r"https://developer\.microsoft\.com/.*/v1\.19/MicrosoftTeams\.schema\.json", manifest["$schema"]
    )
    assert manifest["manifestVersion"] == "1.19"
    guid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(guid, manifest["id"])
    for name in ("name", "websiteUrl", "privacyUrl", "termsOfUseUrl"):
        assert manifest["developer"][name]
    assert all(url.startswith("https://") for key, url in manifest["developer"].items() if key.endswith("Url"))
    limits = {("name", "short"): 30, ("name", "full"): 100, ("description", "short"): 80, ("description", "full"): 4000}
    assert all(0 < len(manifest[one][other]) <= maximum for (one, other), maximum in limits.items())
    assert manifest["icons"] == {"color": "color.png", "outline": "outline.png"}
    assert re.fullmatch(r"#[0-9A-Fa-f]{6}", manifest["accentColor"])
    (bot,) = manifest["bots"]
    assert re.fullmatch(guid, bot["botId"])
    assert set(bot["scopes"]) == {"personal", "team", "groupChat"}
