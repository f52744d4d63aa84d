"""Who may see what people wrote and who they are, and the record of it."""

import click

from cli.common import author, settings_of
from messages.errors import BadInput
from runtime.clock import machine_user, now
from storage.port import Audit
from storage.records import AuditRow

EVERYBODY = "*"
"""The target of an audit row that is about all conversations of a bot."""

unmask_option = click.option(
    "--unmask", is_flag=True, help="Show people's words and names, if you may. It is recorded who looked at what."
)


def may_unmask(ctx: click.Context, *, unmask: bool) -> None:
    """Go on if nothing is to be unmasked, or whoever runs the command may see it. Raises BadInput."""
    if unmask and author() not in settings_of(ctx).privacy.may_unmask:
        raise BadInput(
            f"{author()} may not see people's words and names",
            place="--unmask",
            remedy="Without it they are masked; who may is in the setting privacy.may_unmask",
        )


async def record_unmasking(store: Audit, bot: str, target: str, *, action: str = "unmask") -> None:
    """Write down who is about to see a conversation, or take it along, unmasked. Durable before anything is shown."""
    await store.add_audit(AuditRow(0, bot, now(), author(), action, target, f"as {machine_user()}"))
