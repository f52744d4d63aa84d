"""`assent contact erase`."""

import click

from audiences import contacts as acts
from audiences.contacts import Erasure
from audiences.who import whose_records
from cli.common import ask, bot_option, context_of, run_with_store
from cli.output import json_option, print_json
from storage.port import Store


@click.command()
@click.argument("who")
@bot_option
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@click.pass_context
def erase(ctx: click.Context, who: str, bot: str | None, yes: bool, as_json: bool) -> None:
    """Delete everything that identifies WHO or shows what they said. What proves consent stays.

    WHO is a contact id, an e-mail address, an external id, or an account.
    """

    async def work(store: Store) -> Erasure:
        context = await context_of(ctx, store, bot)
        contact = await whose_records(store, context.bot, who)
        talks = len(await store.conversations_of(context.bot, contact))
        click.echo(_told(context.bot, contact, talks), err=True)
        ask("Erase?", yes=yes, change="erased")
        return await acts.erase(context, contact)

    done = run_with_store(ctx, work)
    if as_json:
        print_json({"id": done.contact, "changed": done.changed, "filters_naming": done.filters_naming})
        return
    if not done.changed:
        click.echo(f"{done.contact} was erased before; nothing was left to erase")
        return
    erased = done.erased
    click.echo(
        f"{done.contact} is erased. Turns: {erased.turns}, conversations: {erased.conversations}, "
        f"replies: {erased.replies}, rows of the ledger that keep their facts alone: {erased.ledger_rows}"
    )
    if done.filters_naming:
        click.echo(
            f"The filters of these segments name them, and were not changed: {', '.join(done.filters_naming)}. "
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
