"""`assent contact erase`: asks, erases, says what went."""

import json
from pathlib import Path

from messages.inbound import TextReceived
from tests.cli.running import Run
from tests.cli.talking import Talk


async def ana(tmp_path: Path) -> str:
    """Ana and Ben talk to the bot; return Ana's id."""
    async with Talk(tmp_path) as talk:
        for word in ("hello", "age", "44", "stop"):
            await talk.act(TextReceived(word))
        await talk.act(TextReceived("hello"), user="ben")
        summary = await talk.store.conversation("small", "teams:a:ana")
        assert summary is not None
        return summary.contact.id


def in_files(folder: Path) -> bytes:
    """Return the store's files."""
    return b"".join(file.read_bytes() for file in folder.glob("assent.db*"))


async def test_erasing_says_what_goes_and_what_stays_and_asks(assent: Run, tmp_path: Path) -> None:
    contact = await ana(tmp_path)
    asked = assent("contact", "erase", contact, typed="n\n")
    assert asked.returncode == 1
    assert f"Erasing contact {contact} of bot small" in asked.stderr
    assert "stays: the contact's id" in asked.stderr
    assert "nothing was erased" in asked.stderr
    assert b"29:ana" in in_files(tmp_path)
    alone = assent("contact", "erase", contact)
    assert "nobody answered, so nothing was erased. Say --yes" in alone.stderr
    assert "teams:a:ana" in assent("conversation", "list").stdout


async def test_after_it_nothing_of_theirs_is_shown_and_others_are_still_there(assent: Run, tmp_path: Path) -> None:
    contact = await ana(tmp_path)
    done = assent("contact", "erase", contact, typed="y\n", author="mia")
    assert done.returncode == 0, done.stderr
    assert f"{contact} is erased. Turns: 4, conversations: 1, " in done.stdout
    assert "ana" not in assent("conversation", "list").stdout.lower()
    assert "teams:a:ben" in assent("conversation", "list").stdout
    rows = json.loads(assent("ledger", "show", "--contact", contact, "--json").stdout)
    assert [(row["change"]["subject"], row["change"]["after"]) for row in rows] == [("*", "opted_out")]
    assert assent("ledger", "verify").returncode == 0
    assert b"29:ana" not in in_files(tmp_path)


async def test_it_can_be_done_again_and_without_being_asked(assent: Run, tmp_path: Path) -> None:
    contact = await ana(tmp_path)
    assert assent("contact", "erase", contact, "--yes").returncode == 0
    again = assent("contact", "erase", contact, "--yes")
    assert (again.returncode, again.stdout.strip()) == (0, f"{contact} was erased before; nothing was left to erase")


async def test_an_unknown_contact_is_refused(assent: Run, tmp_path: Path) -> None:
    await ana(tmp_path)
    unknown = assent("contact", "erase", "c_nobody", "--yes")
    assert unknown.returncode == 1
    assert "small has no contact 'c_nobody'" in unknown.stderr
