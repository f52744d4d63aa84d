"""Which pages a bot listens to: what came to another bot's page makes nobody a contact here."""

from pathlib import Path

from messages.contact import Identity
from tests.adapters.workplace.webhooks import text_event
from tests.runtime.harness import FLOW, KEY, running_bot
from tests.runtime.process import ServerProcess


async def test_people_of_another_page_are_no_contacts(tmp_path: Path) -> None:
    async with running_bot(tmp_path, pages=("7",)) as bot:
        for user, page in (("2", "8"), ("1", "7")):
            said = text_event("hello", mid=f"m_{user}") | {"sender": {"id": user}, "recipient": {"id": page}}
            assert (await bot.messenger(said, page=page))[0] == 200
        await bot.replies(1)
        people = await bot.server.store.people("demo")
        assert [one.contact.identities for one in people] == [(Identity("workplace", "7:1"),)]
        assert await bot.metric('assent_events_skipped_total{channel="workplace",reason="another page"}') == 1


async def test_a_server_of_an_app_whose_pages_are_not_named_does_not_start(tmp_path: Path) -> None:
    environment = {"ASSENT_CONNECTOR": "", "ASSENT_BOTS__DEMO__WORKPLACE__APP_SECRET": "an app secret"}
    server = ServerProcess(tmp_path, FLOW, "", KEY, **environment)
    await server.launch()
    assert await server.ended() != 0
    told = server.log.read_text()
    assert "bots.demo.workplace.pages" in told
    assert "Traceback" not in told
