"""From a flow's text to a live revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.checks import check
from flows.finding import Finding, FlowInvalid, Severity
from flows.revision import RevisionInfo
from flows.source.read import FlowSource, read_flow, read_flow_file
from runtime.clock import machine_user
from runtime.connections import Announce
from storage.port import Revisions


@dataclass(frozen=True, slots=True)
class Checked:
    """A flow that may be pushed, and the warnings about it."""

    source: FlowSource
    warnings: Sequence[Finding]


def checked(text: str, file: str) -> Checked:
    """Read and check a flow. Raises FlowInvalid with everything that stops a push."""
    return _checked(read_flow(text, file))


def checked_file(file: Path) -> Checked:
    """Read and check a flow file. Raises FlowInvalid with everything that stops a push."""
    return _checked(read_flow_file(file))


def _checked(source: FlowSource) -> Checked:
    findings = check(source)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FlowInvalid(findings)
    return Checked(source, findings)


async def push(
    store: Revisions,
    flow: Checked,
    *,
    author: str,
    at: datetime,
    note: str,
    expected_live: int,
    rolled_back_to: int = 0,
) -> RevisionInfo:
    """Make a checked flow live. Raises PushConflict when another push came first."""
    return await store.push(
        flow.source.bot.bot,
        flow.source.text,
        author=author,
        at=at,
        note=note,
        expected_live=expected_live,
        rolled_back_to=rolled_back_to,
    )


async def publish_file(store: Revisions, flow: Path, *, replace: bool, at: datetime, announce: Announce) -> str:
    """Make a flow file live if its bot has no live revision yet, or, with `replace`, if the file differs from it.

    Returns the bot's id. Raises FlowInvalid, PushConflict.
    """
    new = checked_file(flow)
    bot = new.source.bot.bot
    live = await store.live(bot)
    if live is None or (replace and live.digest != new.source.digest):
        author = machine_user()
        await store.save_draft(bot, new.source.text, author, at)
        number = live.number if live else 0
        info = await push(store, new, author=author, at=at, note=f"from {flow.name}", expected_live=number)
        announce(f"{flow} is live as revision {info.number} of {bot}")
    elif live.digest == new.source.digest:
        announce(f"{flow} is live already, as revision {live.number} of {bot}")
    else:
        announce(
            f"{flow} differs from revision {live.number} of {bot}, which stays live: save and push it to change that"
        )
    return bot
