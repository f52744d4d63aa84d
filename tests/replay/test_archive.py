"""One conversation as a file that another machine can run again."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from flows.compile import CompiledRevisions, RevisionSource
from messages.errors import BadInput
from messages.inbound import ConversationStarted, TextReceived
from replay import archive
from replay.archive import Archive, Signed, archive_of, read_archive, write_archive
from replay.recorded import Unreadable
from replay.rerun import Rerun
from tests.flows.engine.conversation import Conversation, revision_of
from tests.replay import flows

AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Recorded:
    conversation: Conversation
    sources: dict[int, RevisionSource]

    def archive(self, *, masked: bool = False) -> Archive:
        turns = self.conversation.recorded()
        return archive_of("small", "teams:a:1", turns, self.sources, made_by="mia", made_at=AT, masked=masked)


def talk() -> Recorded:
    """A press on revision 1 while revision 2 is live; revision 3 was never used."""
    conversation = Conversation(revision_of(flows.FLOW))
    conversation.take(ConversationStarted())
    conversation.push(flows.other_words())
    conversation.press("Yes please")
    conversation.take(TextReceived("my dog is ill"))
    texts = (flows.FLOW, flows.other_words(), flows.moved())
    sources = {n: RevisionSource(n, revision_of(text).digest, text) for n, text in enumerate(texts, 1)}
    return Recorded(conversation, sources)


def test_it_runs_again_elsewhere() -> None:
    kept = read_archive(write_archive(talk().archive()), "bug.assent").archive
    assert [each.number for each in kept.revisions] == [1, 2]
    rerun = Rerun(CompiledRevisions(kept.bot, kept.sources()))
    assert [rerun.check(turn) for turn in kept.recorded("bug.assent")] == [None] * 3
    assert (kept.made_by, kept.made_at, kept.masked) == ("mia", AT, False)


def test_the_same_gives_the_same_file() -> None:
    assert write_archive(talk().archive()) == write_archive(talk().archive())


def test_a_masked_one_has_no_former_name_on_screen() -> None:
    flow = flows.FLOW.replace(
        "  tips_on:",
        '    quick_replies: [{label: "I am {{ contact.first_name }}", message: sorry}]\n  tips_on:',
    )
    conversation = Conversation(revision_of(flow))
    conversation.take(ConversationStarted())
    conversation.contact = replace(conversation.contact, name="Mia Moss")
    conversation.sender = replace(conversation.sender, name="Mia Moss")
    conversation.take(TextReceived("what?"))
    sources = {1: RevisionSource(1, revision_of(flow).digest, flow)}
    kept = Recorded(conversation, sources).archive(masked=True)
    assert all(b"ana" not in turn.record.lower() for turn in kept.turns)


def test_a_masked_one_holds_nothing_that_tells_the_person() -> None:
    written = write_archive(talk().archive(masked=True))
    content = zlib.decompress(written.partition(b"\n")[2][32 + 96 :])
    assert b"Ana" not in content
    assert b"dog" not in content
    assert read_archive(written, "x").archive.masked


def test_a_damaged_turn_is_taken_along_as_it_is() -> None:
    recorded = talk()
    turns = recorded.conversation.recorded()
    turns[1] = turns[1]._replace(record=turns[1].record[:30])
    made = archive_of("small", "k", turns, recorded.sources, made_by="mia", made_at=AT, masked=False)
    kept = read_archive(write_archive(made), "bug.assent").archive
    found = [Rerun({}).check(turn) for turn in kept.recorded("bug.assent")]
    assert isinstance(found[1], Unreadable)
    assert found[1].place == "turn 2 of bug.assent"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda data: data[:-1], "cut short or altered"),
        (lambda data: data[:60], "cut short or altered"),
        (lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:], "cut short or altered"),
        (lambda data: data.replace(b"recording 2\n", b"recording 7\n"), "its schema is 7; this version reads up to 2"),
        (lambda _: b"PK\x03\x04 something else", "it is not a recording"),
        (lambda _: b"", "it is not a recording"),
    ],
)
def test_what_is_no_whole_recording_is_refused(spoil: "object", problem: str) -> None:
    data = spoil(write_archive(talk().archive()))  # type: ignore[operator]
    with pytest.raises(BadInput, match=problem) as refused:
        read_archive(data, "bug.assent")
    assert refused.value.place == "bug.assent"


def test_a_revision_that_was_exchanged_is_refused() -> None:
    made = talk().archive()
    other = archive.ArchivedRevision(1, made.revisions[0].digest, flows.moved())
    forged = Archive(*(getattr(made, name) for name in made.__struct_fields__[:-1]), (other,))
    with pytest.raises(BadInput, match="revision 1 is not what its digest says"):
        read_archive(write_archive(forged), "bug.assent")


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_archive(talk().archive())
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    with pytest.raises(BadInput, match="larger than 1,000 bytes"):
        read_archive(data, "bug.assent")


KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in (1, 2))


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def with_its_digest(head: bytes, content: bytes) -> bytes:
    """A file as somebody makes it who knows the layout: its digest fits."""
    return head + hashlib.sha256(content).digest() + content


def parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """First line, seal, and what is sealed."""
    head, _, rest = data.partition(b"\n")
    return head + b"\n", rest[32 : 32 + 96], rest[32 + 96 :]


def test_who_signed_a_file_is_told() -> None:
    made = talk().archive()
    assert read_archive(write_archive(made), "x").signed == Signed("")
    signed = read_archive(write_archive(made, KEY), "x", public(KEY).upper()).signed
    assert signed == Signed(public(KEY))
    assert signed.words(public(KEY)).endswith("which is trusted")
    assert signed.words(public(OTHER)).endswith("which is not known here")


def test_a_change_on_purpose_is_refused_although_its_digest_fits() -> None:
    made = talk().archive()
    head, seal, _ = parts(write_archive(made, KEY))
    *_, forged = parts(write_archive(replace(made, made_by="somebody else")))
    with pytest.raises(BadInput, match="altered on purpose: its digest fits, and its signature does not"):
        read_archive(with_its_digest(head, seal + forged), "bug.assent")
    seal_of_another = bytes.fromhex(public(OTHER)) + seal[32:]
    with pytest.raises(BadInput, match="altered on purpose"):
        read_archive(with_its_digest(head, seal_of_another + forged), "bug.assent")


@pytest.mark.parametrize("key", [None, OTHER])
def test_who_trusts_a_key_takes_no_other_and_no_file_without(key: Ed25519PrivateKey | None) -> None:
    by = "nobody" if key is None else f"key {public(key)}"
    with pytest.raises(BadInput, match=f"signed by {by}, not by {public(KEY)}"):
        read_archive(write_archive(talk().archive(), key), "bug.assent", public(KEY))


def test_a_file_of_before_is_read_and_said_to_be_so() -> None:
    *_, content = parts(write_archive(talk().archive()))
    before = with_its_digest(b"assent recording 1\n", content)
    kept = read_archive(before, "old.assent")
    assert len(kept.archive.turns) == 3
    assert kept.signed.words().startswith("unsigned: made before recordings were signed")
    with pytest.raises(BadInput, match="signed by nobody"):
        read_archive(before, "old.assent", public(KEY))


@given(st.binary() | st.binary().map(lambda rest: b"assent recording 1\n" + rest))
def test_anything_else_is_refused_too(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_archive(data, "bug.assent")
