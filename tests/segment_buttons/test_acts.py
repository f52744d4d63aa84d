"""What a press does to consent, as a payload carries it."""

import pytest

from messages.consent import ALL
from segment_buttons.payload import ConsentAct, read_act


@pytest.mark.parametrize(
    ("word", "act"),
    [
        ("+tips", ConsentAct(raises=True, subject="tips")),
        ("-tips", ConsentAct(raises=False, subject="tips")),
        (f"+{ALL}", ConsentAct(raises=True, subject=ALL)),
        (f"-{ALL}", ConsentAct(raises=False, subject=ALL)),
    ],
)
def test_an_act_is_read_as_it_was_written(word: str, act: ConsentAct) -> None:
    assert read_act(word) == act
    assert act.word() == word
    assert act.is_of_everything == (word in ("+*", "-*"))


@pytest.mark.parametrize("word", ["", "+", "tips", "*", "~tips", "+ti ps", "++tips"])
def test_what_is_no_act_is_none(word: str) -> None:
    assert read_act(word) is None
