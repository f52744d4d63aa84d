"""`assent user`: the people who sign in to the console."""

from collections.abc import Sequence
from datetime import datetime

import click
import msgspec

from cli.common import run_with_store, settings_of, staff
from cli.output import json_option, print_json, print_table, when
from runtime.clock import now
from staff.sessions import LINK_LASTS, last_seen, new_link
from staff.users import KnownUser, change_user, create_user, erase_user, users
from storage.audience_records import Role
from storage.port import Store

_ROLE = click.Choice([role.value for role in Role])


class _User(msgspec.Struct):
    email: str
    name: str
    role: str
    bots: tuple[str, ...]
    created_at: datetime
    created_by: str
    has_password: bool
    disabled_at: datetime | None
    seen_at: datetime | None


@click.group("user")
def user_group() -> None:
    """Manage the people who sign in to the console."""


@user_group.command()
@click.argument("email")
@click.option("--name", default="", help="As the ledger and the audit show it; without one, the address.")
@click.option(
    "--role",
    type=_ROLE,
    required=True,
    help="viewer reads, with personal details masked; ops also changes; builder also flows; admin does all.",
)
@click.option("--bot", "bots", multiple=True, help="Only for this bot; repeat it for more.")
@click.pass_context
def create(ctx: click.Context, email: str, name: str, role: str, bots: tuple[str, ...]) -> None:
    """Make an account for EMAIL, and print a link that signs in once."""

    async def work(store: Store) -> tuple[KnownUser, str]:
        made = await create_user(store, staff(), now(), email=email, name=name, role=Role(role), bots=bots)
        return made, await new_link(store, staff(), now(), made.user.email)

    made, secret = run_with_store(ctx, work)
    _tell_link(ctx, made.user.email, secret)


@user_group.command()
@click.argument("email")
@click.pass_context
def link(ctx: click.Context, email: str) -> None:
    """Print a link that signs EMAIL in once."""

    async def work(store: Store) -> str:
        return await new_link(store, staff(), now(), email)

    _tell_link(ctx, email, run_with_store(ctx, work))


def _tell_link(ctx: click.Context, email: str, secret: str) -> None:
    click.echo(f"{settings_of(ctx).console.url}/#once={secret}")
    click.echo(f"It signs {email} in once, within {LINK_LASTS.total_seconds() / 60:.0f} minutes", err=True)


@user_group.command("list")
@json_option
@click.pass_context
def list_users(ctx: click.Context, as_json: bool) -> None:
    """List accounts, by address."""

    async def work(store: Store) -> Sequence[_User]:
        seen = await last_seen(store)
        return [
            _User(
                one.email, one.name, one.role.value, one.bots, one.created_at, one.created_by, bool(one.password),
                one.disabled_at, seen.get(one.email),
            )
            for one, _ in await users(store)
        ]  # fmt: skip

    found = run_with_store(ctx, work)
    if as_json:
        print_json(found)
        return
    print_table(
        ["user", "name", "role", "bots", "made (UTC)", "by", "signed in", "disabled"],
        [
            [
                one.email, one.name, one.role, ", ".join(one.bots) or "all", when(one.created_at), one.created_by,
                when(one.seen_at), when(one.disabled_at),
            ]
            for one in found
        ],
        empty="nobody may sign in: make an account with `assent user create`",
        prose=("name", "bots", "by"),
    )  # fmt: skip


@user_group.command()
@click.argument("email")
@click.option("--name", help="Another name.")
@click.option("--role", type=_ROLE, help="Another role.")
@click.option("--bot", "bots", multiple=True, help="Only for these bots from now on; repeat it.")
@click.option("--all-bots", is_flag=True, help="For all bots from now on.")
@click.option("--disable/--enable", default=None, help="Whether they may sign in.")
@click.pass_context
def change(  # one option each
    ctx: click.Context, email: str, name: str | None, role: str | None, bots: tuple[str, ...], all_bots: bool,
    disable: bool | None,
) -> None:  # fmt: skip
    """Change the account of EMAIL. Another role, other bots or disabling it end its sessions."""
    if bots and all_bots:
        raise click.UsageError("--bot and --all-bots don't go together")

    async def work(store: Store) -> KnownUser:
        return await change_user(
            store, staff(), now(), email, name=name, role=Role(role) if role else None,
            bots=bots or (() if all_bots else None), is_disabled=disable,
        )  # fmt: skip

    changed = run_with_store(ctx, work).user
    state = "disabled" if changed.disabled_at else changed.role.value
    click.echo(f"user {changed.email} is {state}, for {', '.join(changed.bots) or 'all bots'}")


@user_group.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def erase(ctx: click.Context, email: str, yes: bool) -> None:
    """Take the account of EMAIL away, with its sessions and preferences. The audit keeps what its owner did."""
    if not yes:
        click.confirm(f"Take the account of {email} away?", abort=True, err=True)

    async def work(store: Store) -> None:
        await erase_user(store, staff(), now(), email)

    run_with_store(ctx, work)
    click.echo(f"the account of {email} is gone")
