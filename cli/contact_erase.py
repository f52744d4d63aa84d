"""`assent contact erase`."""

import click

from audiences.naming_filters import filters_naming
from audiences.who import find_contact
from cli.common import ask, author, bot_option, chosen_bot, run_with_store
from runtime.clock import now
from storage.erase import is_blank
from storage.port import Store
from storage.records import Erased

_NOTHING = Erased(turns=0, conversations=0, replies=0, ledger_rows=0)


@click.command()
@click.argument("who")
@bot_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def erase(ctx: click.Context, who: str, bot: str | None, yes: bool) -> None:
    """Delete everything that identifies WHO or shows what they said. What proves consent stays.

    WHO is a contact id, an e-mail address, an external id, or an account.
    """

    async def work(store: Store) -> tuple[str, Erased | None, list[str]]:
        name = await chosen_bot(store, bot)
        known = await store.contact(name, who)
        if known is None:
            known = (await find_contact(store, name, who)).contact
        contact = known.id
        click.echo(_told(name, contact, len(await store.conversations_of(name, contact))), err=True)
        ask("Erase?", yes=yes, change="erased")
        named = filters_naming(await store.segments(name), known)
        erased = await store.erase_contact(name, contact, actor=author(), at=now())
        return contact, None if erased == _NOTHING and is_blank(known) else erased, named

    contact, erased, named = run_with_store(ctx, work)
    if erased is None:
        click.echo(f"{contact} was erased before; nothing was left to erase")
        return
    click.echo(
        f"{contact} is erased. Turns: {erased.turns}, conversations: {erased.conversations}, "
        f"replies: {erased.replies}, rows of the ledger that keep their facts alone: {erased.ledger_rows}"
    )
    if named:
        click.echo(
            f"The filters of these segments name them, and were not changed: {', '.join(named)}. "
            "See each with `assent segment list`, and write another with `assent segment filter`",
            err=True,
        )


def _told(bot: str, contact: str, talks: int) -> str:
    return (
        f"Erasing contact {contact} of bot {bot}, permanently:\n"
        f"  goes: accounts, names, fields and tags; what is said in their conversations ({talks}) and their names;\n"
        "        replies and waits; the words that they saw or typed, in the ledger too\n"
        "  stays: the contact's id; which segments they are in or out of, and the rows of the ledger that say since\n"
        "         when; for each turn that there was one; who erased them\n"
        "Backups and copies that were made before still have all of it. If they write again, they are a stranger."
    )
