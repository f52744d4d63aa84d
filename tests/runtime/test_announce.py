"""What the server prints can be pasted."""

import re
import shlex

from runtime.connections import what_to_try
from tests.runtime.harness import ROOT


def test_a_developer_is_told_what_to_try() -> None:
    printed = "\n".join(what_to_try("http://127.0.0.1:4000", ["a", "b"], dev=True))
    assert "Serving a, b on http://127.0.0.1:4000" in printed
    assert "curl -i http://127.0.0.1:4000/api/messages" in printed
    (file,) = re.findall(r"--data-binary @(\S+)", printed)
    assert (ROOT / file).exists()
    commands = re.findall(r"^  (?:make|curl|assent) (?:.*\\\n)*.*", printed, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        assert shlex.split(command, comments=True)


def test_in_production_it_is_one_line() -> None:
    assert what_to_try("http://127.0.0.1:3978", ["demo"], dev=False) == ["Serving demo on http://127.0.0.1:3978"]
