"""What was recorded before release 0.1.0 is reported as recorded by rules that are no longer kept.

It is never taken for a record of now, whose rules have the same numbers.
"""

from pathlib import Path

import msgspec
import pytest

from flows.compile import CompiledRevisions
from flows.engine.take_turn import RULES
from flows.engine.turn import RULES_VERSION
from messages.codec import encode
from messages.inbound import TextReceived
from replay.archive import read_archive
from replay.chain_check import oddities
from replay.preview import Preview
from replay.rerun import CantRun, Rerun
from tests.flows.engine.conversation import BEGIN, Conversation, revision_of
from tests.replay import flows

EARLIER = Path(__file__).parent / "earlier"
RECORDINGS = sorted(EARLIER.glob("*.assent"))
"""By rules 1 and 2 of before the release."""
NOT_KEPT = "recorded by rules that are no longer kept (before release 0.1.0)"


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_each_turn_of_before_the_release_says_so(recording: Path) -> None:
    kept = read_archive(recording.read_bytes(), recording.name).archive
    revisions = CompiledRevisions(kept.bot, kept.sources())
    found = [Rerun(revisions).check(turn) for turn in kept.recorded(recording.name)]
    assert found
    for checked in found:
        assert isinstance(checked, CantRun)
        assert checked.problem == NOT_KEPT
        assert oddities(checked.entry, None, None) == [NOT_KEPT]


def test_a_record_of_now_is_no_record_of_before_though_its_rules_have_the_same_number() -> None:
    """The number stands under a key of its own; that of before is not read."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(TextReceived("hello"))
    (turn,) = conversation.recorded()
    assert Rerun(conversation.revisions).check(turn) is None
    key = encode("engine_rules")[2:]
    assert turn.record.count(key) == 1
    (entry,) = conversation.entries
    for number in (1, 2):
        plain = msgspec.to_builtins(msgspec.structs.replace(entry.outcome, rules=number))
        assert plain["engine_rules"] == number
        assert "rules" not in plain
    found = Rerun(conversation.revisions).check(
        turn._replace(record=turn.record.replace(key, encode("engine_rulez")[2:]))
    )
    assert isinstance(found, CantRun)
    assert found.problem == NOT_KEPT


def test_rules_of_a_later_version_and_those_given_up_are_told_apart() -> None:
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(TextReceived("hello"))
    (entry,) = conversation.entries

    def problem(rules: int) -> str:
        return oddities(
            msgspec.structs.replace(entry, outcome=msgspec.structs.replace(entry.outcome, rules=rules)), None, None
        )[0]

    assert problem(RULES_VERSION + 1).startswith(f"recorded by rules {RULES_VERSION + 1}, which a later version has")
    assert problem(0) == NOT_KEPT
    assert set(RULES) == {RULES_VERSION}


def test_a_preview_tells_nothing_of_a_person_whose_turns_were_taken_by_other_rules() -> None:
    """What the rules changed would be counted as the draft's doing."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(TextReceived("hello"))
    (entry,) = conversation.entries
    preview = Preview(revision_of(flows.other_words(), 2), conversation.revisions, BEGIN)
    assert preview.missing(entry) is None
    before = msgspec.structs.replace(entry, outcome=msgspec.structs.replace(entry.outcome, rules=0))
    found = preview.missing(before)
    assert found is not None
    assert found.problem == NOT_KEPT
