"""`assent conversation hand-back`: end a hand-over to a person."""

import click

from cli.common import author, bot_option, chosen_bot, run_with_store
from cli.conversation_keys import find_conversation
from messages.consent import SourceKind
from runtime.clock import now
from runtime.hand_back import hand_back as end_hand_over
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.port import Store


@click.command("hand-back")
@click.argument("conversation")
@bot_option
@click.pass_context
def hand_back(ctx: click.Context, conversation: str, bot: str | None) -> None:
    """Give CONVERSATION, which a person has, back to the bot. The bot says nothing until it is spoken to."""

    async def work(store: Store) -> None:
        name = await chosen_bot(store, bot)
        # The turn sends no button, so that nothing is signed.
        worker = TurnWorker(store, RevisionCache(store), keys=[b""], clock=now, metrics=Metrics())
        key = (await find_conversation(store, name, conversation)).state.key
        await end_hand_over(worker, store, name, key, Staff(author(), SourceKind.CLI), now())

    run_with_store(ctx, work)
    click.echo(f"the bot answers in {conversation} again")
