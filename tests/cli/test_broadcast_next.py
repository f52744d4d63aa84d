"""`assent broadcast next`: when a broadcast is sent by itself."""

import json
from pathlib import Path

from tests.cli.running import Run, small_flow


def test_the_coming_times_are_shown_as_clocks_show_them(assent: Run, tmp_path: Path) -> None:
    assert assent("flow", "save", small_flow(tmp_path)).returncode == 0
    assert assent("flow", "push", "--yes").returncode == 0
    assert assent("broadcast", "create", "Tip", "--id", "tip", "--to", "tips", "--text", "Drink water").returncode == 0
    refused = assent("broadcast", "next", "tip")
    assert refused.returncode == 1
    assert "not scheduled" in refused.stderr

    daily = ("--rule", "FREQ=DAILY;COUNT=3", "--from", "2100-03-27T02:30", "--zone", "Europe/Paris")
    made = assent("broadcast", "schedule", "tip", *daily, "--yes")
    assert made.returncode == 0, made.stderr
    found = json.loads(assent("broadcast", "next", "tip", "--json").stdout)
    assert [(each["occurrence"], each["due"], each["shown"]) for each in found] == [
        ("2100-03-27T02:30", "2100-03-27T01:30:00Z", "2100-03-27T02:30:00+01:00"),
        ("2100-03-28T02:30", "2100-03-28T01:30:00Z", "2100-03-28T03:30:00+02:00"),
        ("2100-03-29T02:30", "2100-03-29T00:30:00Z", "2100-03-29T02:30:00+02:00"),
    ]
    shown = assent("broadcast", "next", "tip", "--limit", "1").stdout
    assert "Europe/Paris" in shown
    assert "2100-03-28" not in shown

    local = ("--at", "2100-01-15T09:00", "--local", "--zone", "Europe/Paris", "--yes")
    assert assent("broadcast", "schedule", "tip", *local).returncode == 0
    [whole] = json.loads(assent("broadcast", "next", "tip", "--json").stdout)
    assert (whole["due"], whole["last"], whole["shown"]) == ("2100-01-14T19:00:00Z", "2100-01-15T21:00:00Z", "")
    assert "each person's" in assent("broadcast", "next", "tip").stdout
