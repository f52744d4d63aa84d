"""A command with a fault, for the test of what a person sees of one."""

import click


@click.command("faulty")
def command() -> None:
    """Fail in a way that nobody thought of."""
    raise ZeroDivisionError("the secret of the universe")
