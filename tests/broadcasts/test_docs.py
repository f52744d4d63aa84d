"""docs/broadcasts.md names everything that a run can tell."""

from pathlib import Path

import pytest

from messages.pushes import Deferral, PushState, RunState, SkipReason

PAGE = (Path(__file__).parent.parent.parent / "docs" / "broadcasts.md").read_text()


@pytest.mark.parametrize("word", [*RunState, *PushState, *SkipReason, *Deferral], ids=str)
def test_every_state_and_reason_is_told(word: str) -> None:
    assert f"`{word}`" in PAGE or f"`{word}: " in PAGE or f"`{word} CONTACT`" in PAGE
