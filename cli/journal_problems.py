"""What the commands tell of a journal that is not what was committed."""

from collections.abc import Sequence
from typing import Any

import click

from adapters.terminal.printable import printable
from replay.chain_check import Tampered
from replay.tampering import JournalReport


def show_journal(bot: str, report: JournalReport) -> None:
    """Print what is wrong with a journal on standard error, and a line that sums it up."""
    show_problems(bot, report.problems)
    click.echo(f"{bot}: {report.words()}")


def show_problems(bot: str, problems: Sequence[Tampered]) -> None:
    """Print each problem on standard error."""
    for problem in problems:
        click.echo(printable(f"{bot}: {problem}"), err=True)


def journal_as_json(report: JournalReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    counted = {"conversations": report.conversations, "turns": report.turns, "unchained": report.unchained}
    return {**counted, "problems": problems_as_json(report.problems)}


def problems_as_json(problems: Sequence[Tampered]) -> list[dict[str, str]]:
    """Return problems as JSON values."""
    return [problem._asdict() for problem in problems]
