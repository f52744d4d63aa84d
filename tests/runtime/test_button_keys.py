"""The keys that sign buttons."""

import stat
from pathlib import Path

import pytest

from messages.errors import BadSettings
from runtime.keys import button_keys


def test_configured_keys_count_and_no_file_is_made(tmp_path: Path) -> None:
    assert button_keys(["k" * 16, "l" * 16], tmp_path / "key") == (b"k" * 16, b"l" * 16)
    assert not (tmp_path / "key").exists()


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    first = button_keys([], file)
    assert button_keys([], file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_servers_that_share_a_store_make_no_keys_of_their_own(tmp_path: Path) -> None:
    """Each would take the buttons of the others for forged."""
    file = tmp_path / "key"
    with pytest.raises(BadSettings, match="all servers of one store need the same"):
        button_keys([], file, may_make=False)
    assert not file.exists()
    file.write_text("k" * 32)
    assert button_keys([], file, may_make=False) == (b"k" * 32,)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="fewer than 16"):
        button_keys(["short"], tmp_path / "key")
