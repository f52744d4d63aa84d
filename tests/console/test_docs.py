"""docs/api.md tells what there is, and its examples run."""

import asyncio
import re
from pathlib import Path

from console.application import OPERATIONS
from storage.audience_records import Role
from tests.console.house import ApiHouse

PAGE = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text()


async def test_the_examples_run(api_on_each: ApiHouse) -> None:
    api = api_on_each
    script = next(block for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "curl" in block)
    running = await asyncio.create_subprocess_exec(
        "sh",
        "-euc",
        script,
        env={"API": f"{api.root}/api/v1", "TOKEN": api.secrets[Role.OPS], "PATH": "/usr/bin:/bin", "no_proxy": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await running.communicate()
    assert running.returncode == 0, out + err
    assert b'"outcome":"added"' in out
    assert b'"outcome":"unknown"' in out
    assert (await api.ask("GET", "/bots/demo/segments/press")).json["name"] == "The press"
    assert [job.file_name for job in await api.store.imports("demo")] == ["press.csv"]


def test_the_table_has_every_operation() -> None:
    told = re.findall(r"^\| `([A-Z]+) (\S+)` \| (\w+) \|", PAGE, re.MULTILINE)
    assert told == [
        (one.method, one.path.removeprefix("/bots/{bot}"), "everybody" if one.is_open else one.role.value)
        for one in OPERATIONS
    ]
