"""Somebody asks why they are in, or why they got this after they had left: one story, which can be verified."""

import json
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

from messages.effects import OutgoingText
from messages.inbound import ButtonPressed, ConversationStarted, TextReceived
from runtime.clock import now
from tests.cli.running import MAY_UNMASK, Run
from tests.cli.talking import Talk


async def talked(folder: Path) -> None:
    """Ana opts in, stops, presses again what she pressed before the stop, says hello, and stops once more."""
    async with Talk(folder) as talk:
        rows = await talk.act(ConversationStarted())
        part = rows[0].message.parts[0]
        assert isinstance(part, OutgoingText)
        yes = ButtonPressed(payload=part.buttons[0].payload, label="Yes please")
        await talk.act(yes)
        early = now() - timedelta(minutes=20)
        await talk.act(TextReceived("STOP"))
        await talk.act(yes, sent_at=early)
        await talk.act(TextReceived("my dog is ill"))
        await talk.act(TextReceived("stop"))


def proof_of(assent: Run, *words: str, **more: Any) -> dict[str, Any]:
    done = assent("proof", *words, "--json", **more)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def ana_of(assent: Run) -> str:
    contact: str = json.loads(assent("contact", "list", "--json").stdout)[0]["contact"]["id"]
    return contact


def steps(proof: dict[str, Any], *kinds: str) -> list[tuple[str, str, bool]]:
    return [
        (step["kind"], step.get("subject", ""), step.get("own_act", False))
        for step in proof["steps"]
        if not kinds or step["kind"] in kinds
    ]


async def test_the_story_is_told_in_order_of_time(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    proof = proof_of(assent, ana_of(assent))
    assert steps(proof, "changed", "late", "unchanged") == [
        ("changed", "tips", True),
        ("changed", "*", True),
        ("changed", "tips", True),
        ("late", "tips", True),
        ("unchanged", "*", True),
    ]
    yes, stop, *_ = (step for step in proof["steps"] if step["kind"] == "changed")
    assert yes["change"]["text"] == "One short tip every Monday?\nYes please"
    assert yes["change"]["purpose"] == "One short tip every Monday."
    assert yes["sent"] == ["You are in Tips: one short tip every Monday. Type STOP to end."]
    assert stop["change"]["detail"] == "stop"
    assert proof["memberships"] == {"*": "opted_out", "tips": "opted_out"}


async def test_what_was_sent_after_a_no_says_why_it_was_allowed(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    sent = [step for step in proof_of(assent, ana)["steps"] if step["kind"] == "sent"]
    assert [step["reason"].partition(" at ")[0] for step in sent] == [
        "it confirms the opt-out",
        "it answers what the person did",  # the dog
        "it answers what the person did",  # the second stop
    ]
    shown = assent("proof", ana, "--sent").stdout
    assert "Sent while the person was out of everything pushed, because it confirms the opt-out." in shown
    assert "opted in to tips" not in shown.split("Now:")[0]


async def test_who_the_person_is_and_what_they_wrote_stays_masked(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    for done in (assent("proof", ana), assent("proof", ana, "--json")):
        assert "dog" not in done.stdout
        assert "29:ana" not in done.stdout.replace("a:ana", "")
    assert assent("proof", ana, "--unmask").returncode == 1
    proof = proof_of(assent, ana, "--unmask", variables=MAY_UNMASK)
    assert "my dog is ill" in json.dumps(proof)
    audit = json.loads(assent("audit", "list", "--json").stdout)
    assert ("unmask", ana) in [(row["action"], row["target"]) for row in audit]


async def test_words_of_several_lines_never_pass_for_a_step(assent: Run, tmp_path: Path) -> None:
    flow = Talk(tmp_path).flow_text.replace(
        "{text: You are out of Tips.}", r'{text: "Bye {contact.name},\n2026-11-30 Added to tips\u202e"}'
    )
    async with Talk(tmp_path, flow) as talk:
        rows = await talk.act(ConversationStarted())
        part = rows[0].message.parts[0]
        assert isinstance(part, OutgoingText)
        await talk.act(ButtonPressed(payload=part.buttons[0].payload, label="Yes please"))
        await talk.act(ButtonPressed(payload=part.buttons[1].payload, label="No\nmore"))
    shown = assent("proof", ana_of(assent), "--segment", "tips").stdout
    assert "Sent while the person was out of tips, because it confirms the opt-out." in shown
    (step, *_) = (line for line in shown.splitlines() if "Added to tips" in line)
    assert (step[:27].isspace(), "\u202e" in shown, "Ana" in shown) == (True, False, False)


async def test_what_was_not_the_persons_own_act_is_named_so(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", "-", typed=Talk(tmp_path).flow_text)
    assent("flow", "push", "--yes", "--note", "first")
    assert assent("contact", "create", "--set", "email=eve@example.org").returncode == 0
    people = tmp_path / "people.csv"
    people.write_text("email\nnobody@example.org\neve@example.org\n")
    imported = assent("segment", "import", "tips", str(people))
    assert "added 1" in imported.stdout, imported.stderr
    assert assent("segment", "remove", "tips", "eve@example.org").returncode == 0
    proof = proof_of(assent, "eve@example.org")
    added, removed = (step for step in proof["steps"] if step["kind"] == "changed")
    assert (added.get("own_act"), removed.get("own_act")) == (None, None)
    assert (added["origin"]["file_name"], added["origin"]["line"], added["origin"]["actor"]) == ("people.csv", 3, "ana")
    shown = assent("proof", "eve@example.org").stdout
    assert (
        "Added to tips by staff with a file, not by the person's own act: file people.csv, line 3, brought by ana"
        in shown
    )
    assert "Removed from tips by staff with a command, not by the person's own act, done by ana" in shown
    assert "Not by the person's own act: rows 1, 2." in shown
    assert "purpose: One short tip every Monday." in shown
    assert "“people.csv”, line 3" in assent("ledger", "show").stdout
    row = assent("ledger", "show", "--proof").stdout
    assert ("people.csv, line 3" in row, "One short tip every Monday." in row) == (True, True)


async def test_a_file_that_was_to_add_who_had_left_is_told(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    assert assent("contact", "edit", ana, "--set", "email=ana@example.org").returncode == 0
    people = tmp_path / "people.csv"
    people.write_text("ana@example.org\n")
    assent("segment", "import", "tips", str(people))
    shown = assent("proof", "ana@example.org", "--segment", "tips").stdout
    assert "A file was to add the person to tips and did not: opted out: file people.csv, line 1" in shown


async def test_a_file_that_is_called_as_the_person_is_stays_masked(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    assert assent("contact", "edit", ana, "--set", "email=ana@example.org", "--set", "name=Ana Quint").returncode == 0
    (tmp_path / "Ana Quint.csv").write_text("ana@example.org\n")
    assent("segment", "import", "tips", "Ana Quint.csv")
    shown = assent("proof", ana)
    assert ("did not: opted out: file" in shown.stdout, "Quint" in shown.stdout) == (True, False)
    assert "Ana Quint.csv, line 1" in assent("proof", ana, "--unmask", variables=MAY_UNMASK).stdout


async def test_of_what_is_not_kept_nothing_is_claimed(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    assert "Not all of it is kept" not in assent("proof", ana).stdout
    assert assent("contact", "erase", ana, "--yes").returncode == 0
    shown = assent("proof", ana).stdout
    assert "Not all of it is kept: the turns of 3 changes were erased, or deleted after their time." in shown
    assert "Of what is kept, nothing was sent after a no." in shown
    assert "The person opted out of tips by a word that is not kept on teams." in shown
    assert "“”" not in shown


async def test_a_signed_file_is_verified_against_the_ledger(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    unsigned = assent("proof", ana, "--out", "unsigned.json")
    assert "unsigned" in unsigned.stderr
    assert assent("ledger", "checkpoint", "--out", "head.json").returncode == 0
    assert "signed by key" in assent("proof", ana, "--out", "proof.json").stderr
    verified = assent("proof", "--verify", "proof.json")
    assert (verified.returncode, "its 3 rows are in this store's ledger" in verified.stdout) == (0, True)
    assert "which is trusted" in verified.stdout
    again = assent("proof", ana, "--out", "proof.json")
    assert (again.returncode, "the file exists" in again.stderr) == (1, True)
    refused_all(assent, tmp_path / "proof.json")


def refused_all(assent: Run, file: Path) -> None:
    """What was changed in the file, or in the ledger, is found."""
    whole = file.read_text()
    for change in (("opted_out", "opted_in"), ('"Yes please"', '"No thanks"'), ("small", "large")):
        file.write_text(whole.replace(*change))
        done: subprocess.CompletedProcess[str] = assent("proof", "--verify", "proof.json")
        assert (done.returncode, "signature does not fit" in done.stderr) == (1, True), change
    file.write_text(whole[:100])
    assert "not a proof of consent" in assent("proof", "--verify", "proof.json").stderr
    file.write_text('{"seal": "00", "proof": ' + "[" * 5000 + "]" * 5000 + "}")
    assert "not a proof of consent" in assent("proof", "--verify", "proof.json").stderr
    file.write_text(whole)
    other = assent("proof", "--verify", "proof.json", "--key", "00" * 32)
    assert (other.returncode, "not by" in other.stderr) == (1, True)
    with sqlite3.connect(file.parent / "assent.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE ledger SET hash = zeroblob(32) WHERE sequence = 2")
    done = assent("proof", "--verify", "proof.json")
    assert (done.returncode, "row 2, or one before it, is not as it was" in done.stderr) == (1, True)


async def test_whoever_is_unknown_is_an_error(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    assert "has no contact 'nobody'" in assent("proof", "nobody").stderr
    assert assent("proof").returncode == 2
    assert "Did you mean `tips`?" in assent("proof", ana_of(assent), "--segment", "tipps").stderr


async def test_what_staff_and_files_did_stands_beside_the_conversation(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await talk.act(ConversationStarted())
    ana = ana_of(assent)
    assert "no conversations" in assent("conversation", "list", "--segment", "tips").stdout
    assert assent("segment", "add", "tips", ana).returncode == 0
    listed = json.loads(assent("conversation", "list", "--segment", "tips", "--json").stdout)
    assert [row["contact"]["id"] for row in listed] == [ana]
    (key,) = [row["state"]["key"] for row in listed]
    shown = assent("conversation", "show", key).stdout
    assert "Added to tips by staff with a command, not by the person's own act, done by ana" in shown
    (told,) = json.loads(assent("conversation", "show", key, "--json").stdout)["by_others"]
    assert (told["kind"], told["subject"], told["actor"]) == ("changed", "tips", "ana")


async def test_a_record_that_was_altered_is_named(assent: Run, tmp_path: Path) -> None:
    await talked(tmp_path)
    ana = ana_of(assent)
    assert "Not as it was committed" not in assent("proof", ana).stdout
    with sqlite3.connect(tmp_path / "assent.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("DELETE FROM journal WHERE number = (SELECT MIN(number) + 1 FROM journal)")
    assert "Not as it was committed: teams:a:ana" in assent("proof", ana).stdout


async def test_a_file_that_is_called_as_the_person_is_masked_everywhere(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await talk.act(ConversationStarted())
    ana = ana_of(assent)
    assert assent("contact", "edit", ana, "--set", "email=ana@example.org").returncode == 0
    people = tmp_path / "ana@example.org.csv"
    people.write_text("ana@example.org\n")
    assert "added 1" in assent("segment", "import", "tips", str(people)).stdout
    (key,) = [row["state"]["key"] for row in json.loads(assent("conversation", "list", "--json").stdout)]
    for words in (("proof", ana), ("ledger", "show"), ("ledger", "show", "--proof"), ("conversation", "show", key)):
        for more in ((), ("--json",)):
            shown = assent(*words, *more)
            assert (shown.returncode, "ana@example.org" in shown.stdout) == (0, False), (words, more)
    assert "ana@example.org.csv" in assent("ledger", "show", "--unmask", variables=MAY_UNMASK).stdout
