"""`assent api`: what the API can do, as OpenAPI has it."""

import click
import orjson

from console.application import OPERATIONS
from console.openapi import document


@click.group("api")
def api_group() -> None:
    """Describe the API."""


@api_group.command()
def describe() -> None:
    """Print the OpenAPI document, as the server answers it at `/api/v1/openapi.json`."""
    click.echo(orjson.dumps(document(OPERATIONS), option=orjson.OPT_INDENT_2).decode())
