"""The API does what its document says."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.application import OPERATIONS
from console.openapi import document
from storage.audience_records import Role
from tests.console.house import api_house
from tests.examples import examples

SCHEMA = schemathesis.openapi.from_dict(document(OPERATIONS))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The API, in a thread of its own: its root, and the secret of a builder."""
    folder: Path = tmp_path_factory.mktemp("api")
    found: list[tuple[str, str]] = []
    up, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with api_house(folder) as api:
            await api.contact(email="ana@example.org", external_id="E-1")
            found.append((api.root, api.secrets[Role.BUILDER]))
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(120)
    yield found[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(120)
    loop.close()


@SCHEMA.parametrize()
@examples(12, *HealthCheck)
def test_every_operation_does_what_the_document_says(case: schemathesis.Case, served: tuple[str, str]) -> None:
    root, secret = served
    if "bot" in case.path_parameters:
        case.path_parameters["bot"] = "demo"
    case.call_and_validate(base_url=root, headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)


def test_the_document_names_every_operation_once() -> None:
    told = [each["operationId"] for path in document(OPERATIONS)["paths"].values() for each in path.values()]
    assert sorted(told) == sorted({each.name for each in OPERATIONS})
