"""Staff ends a hand-over, and it can be seen who did."""

import json
from pathlib import Path

from messages.inbound import TextReceived
from tests.cli.running import SMALL, Run
from tests.cli.talking import Talk

FLOW = SMALL.replace("messages:\n", "keywords: [{is: person, message: person}]\nmessages:\n", 1) + (
    "  person: {parts: [{text: A person will answer you here.}, {hand_over: Please}]}\n"
)


def keys(assent: Run, *filters: str) -> list[str]:
    return [row["state"]["key"] for row in json.loads(assent("conversation", "list", *filters, "--json").stdout)]


async def test_staff_gives_a_conversation_back_to_the_bot(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path, FLOW) as talk:
        await talk.act(TextReceived("person"))
        assert await talk.act(TextReceived("hi")) == ()
        await talk.act(TextReceived("hi"), user="ben")
    assert keys(assent, "--with-person") == ["teams:a:ana"]
    assert "1 with a person: the bot is silent there" in assent("doctor").stdout
    done = assent("conversation", "hand-back", "teams:a:ana")
    assert (done.returncode, done.stdout) == (0, "the bot answers in teams:a:ana again\n"), done.stderr
    assert keys(assent, "--with-person") == []
    assert "with a person" not in assent("doctor").stdout
    again = assent("conversation", "hand-back", "teams:a:ana")
    assert (again.returncode, "is with the bot already" in again.stderr) == (1, True)
    assert "has no conversation 'teams:a:nobody'" in assent("conversation", "hand-back", "teams:a:nobody").stderr
    async with Talk(tmp_path, FLOW) as talk:
        (reply,) = await talk.act(TextReceived("hi again"))
        assert reply.message.message == "hi"
    (row,) = json.loads(assent("audit", "list", "--json").stdout)
    assert (row["action"], row["target"]) == ("hand_back", "teams:a:ana")
    shown = assent("conversation", "show", "teams:a:ana", "--trace").stdout
    assert "(staff gave the conversation back to the bot)" in shown
    assert assent("replay", "teams:a:ana").returncode == 0
