"""`assent token` and `assent audit`: who may use the API, and what staff did."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import click
import msgspec

from audiences.who import audit_target
from cli.common import bot_option, chosen_bot, narrowing_option, run_with_store, staff
from cli.output import (
    NUMBER,
    json_option,
    last_number,
    limit_option,
    newest,
    print_json,
    print_table,
    say_if_more,
    say_if_older,
    when,
)
from runtime.clock import TurnIds, now
from staff.acting import audit_rows
from staff.tokens import NewToken, create_token, revoke_token
from storage.audience_records import ApiToken, Role
from storage.port import Store
from storage.records import AuditRow

_SPAN = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class _Token(msgspec.Struct):
    id: str
    name: str
    role: str
    bots: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


class Expiry(click.ParamType[datetime]):
    """`90d`, `12h` or `8w` from now, a date, or a date and time in ISO 8601; UTC unless it says otherwise."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment that is meant. It is to come."""
        text = str(value).strip()
        try:
            if (span := _SPAN.fullmatch(text)) is not None:
                moment = now() + timedelta(**{_UNITS[span[2]]: int(span[1])})
            else:
                moment = datetime.fromisoformat(text)
                moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is not a time; write 90d, 12h, 2027-11-23 or 2027-11-23T09:30", param, ctx)
        if moment <= now():
            self.fail(f"{text!r} is not to come", param, ctx)
        return moment


@click.group("token")
def token_group() -> None:
    """Manage API tokens."""


@token_group.command()
@click.option("--name", required=True, help="The name of its owner, as the ledger and the audit show it.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="viewer reads, with personal details masked; ops also changes; builder does all.",
)
@click.option("--bot", "bots", multiple=True, help="Only for this bot; repeat it for more.")
@click.option("--expires", type=Expiry(), help="When it ends: 90d, 12h, or a date.")
@click.pass_context
def create(ctx: click.Context, name: str, role: str, bots: tuple[str, ...], expires: datetime | None) -> None:
    """Create a token and show its secret, once."""

    async def work(store: Store) -> NewToken:
        return await create_token(
            store, staff(), now(), id=f"t_{TurnIds().new()}", name=name, role=Role(role), bots=bots, expires_at=expires
        )

    token, secret = run_with_store(ctx, work)
    click.echo(secret)
    click.echo(f"token {token.id} of {token.name} ({role}). The secret is shown this once: keep it safe", err=True)


@token_group.command("list")
@json_option
@click.pass_context
def list_tokens(ctx: click.Context, as_json: bool) -> None:
    """List tokens, the newest first, those that were revoked too. Secrets are not kept, so none is shown."""

    async def work(store: Store) -> Sequence[ApiToken]:
        return await store.tokens()

    tokens = run_with_store(ctx, work)
    if as_json:
        print_json(
            [
                _Token(
                    one.id,
                    one.name,
                    one.role.value,
                    one.bots,
                    one.created_at,
                    one.created_by,
                    one.expires_at,
                    one.revoked_at,
                )
                for one in tokens
            ]
        )
        return
    print_table(
        ["token", "name", "role", "bots", "made (UTC)", "by", "expires", "revoked"],
        [
            [
                one.id,
                one.name,
                one.role.value,
                ", ".join(one.bots) or "all",
                when(one.created_at),
                one.created_by,
                when(one.expires_at),
                when(one.revoked_at),
            ]
            for one in reversed(tokens)
        ],
        empty="there are no tokens: make one with `assent token create`",
        prose=("name", "bots", "by"),
    )


@token_group.command()
@click.argument("token")
@click.pass_context
def revoke(ctx: click.Context, token: str) -> None:
    """Revoke TOKEN, by its id. Servers refuse it within seconds."""

    async def work(store: Store) -> ApiToken:
        return await revoke_token(store, staff(), now(), token)

    revoked = run_with_store(ctx, work)
    click.echo(f"token {revoked.id} of {revoked.name} is revoked since {when(revoked.revoked_at)} UTC")


by_number: Callable[[AuditRow], int] = attrgetter("sequence")


@click.group("audit")
def audit_group() -> None:
    """See what staff did: who, when and from which address."""


@audit_group.command("list")
@bot_option
@narrowing_option("--target", help="Only what was done to this conversation or contact.")
@click.option("--after", type=NUMBER, help="Continue after this row, the oldest first.")
@limit_option
@json_option
@click.pass_context
def list_rows(ctx: click.Context, bot: str | None, target: str, after: int | None, limit: int, as_json: bool) -> None:
    """List rows, the newest first; with --json or --after the oldest. Those about everybody (*) concern each
    conversation and contact too.
    """
    newest_first = after is None and not as_json

    async def work(store: Store) -> Sequence[AuditRow]:
        name = await chosen_bot(store, bot)
        about = await audit_target(store, name, target)

        async def read(start: int, count: int) -> Sequence[AuditRow]:
            return await audit_rows(store, name, target=about, after=start, limit=count)

        if not newest_first:
            return await read(after or 0, limit)
        last = await last_number(lambda start, count: store.audit(name, after=start, limit=count))
        return await newest(read, by_number, last, limit)

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["row", "when (UTC)", "who", "from", "did", "to", "more"],
        [[str(row.sequence), when(row.at), row.actor, row.address, row.action, row.target, row.detail] for row in rows],
        empty="no row of the audit is about that" if target or after else "nothing was unmasked, exported or erased",
        prose=("who", "more"),
    )
    if newest_first:
        say_if_older(len(rows), limit)
    elif rows:
        say_if_more(len(rows), limit, rows[-1].sequence)
