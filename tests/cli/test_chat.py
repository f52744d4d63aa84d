"""A builder's own test of a flow, in the terminal."""

import json
from pathlib import Path

import pytest

from tests.cli.running import EXAMPLE, SMALL, Run, small_flow


def test_a_chat_shows_what_changes_and_keeps_nothing(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    chat = assent("chat", "--draft", typed="hello\n1\nstop\n1\n")
    assert chat.returncode == 0, chat.stderr
    told = [line for line in chat.stdout.splitlines() if line.startswith(("✓", "✗"))]
    assert told == [
        "✓ you are now in Tips  (none → opted_in)",
        "✗ you are now out of everything pushed  (none → opted_out)",
        "✗ you are now out of Tips  (opted_in → opted_out)",
        "✓ you are now in Tips  (opted_out → opted_in)",
    ]
    assert json.loads(assent("ledger", "show", "--json").stdout) == []
    assert json.loads(assent("conversation", "list", "--json").stdout) == []


def test_draft_and_live_are_told_apart(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path, "Old words"))
    assent("flow", "push", "--yes")
    assent("flow", "save", small_flow(tmp_path, "New words"))
    assert "New words" in assent("chat", "--draft").stdout
    assert "Old words" in assent("chat", "--live").stdout


def test_buttons_stay_until_newer_ones_come_and_quick_replies_vanish(assent: Run, tmp_path: Path) -> None:
    chat = assent("chat", small_flow(tmp_path), typed="1\n2\n4\n3\n")
    assert "✓ you are now in Tips" in chat.stdout
    assert "✗ you are now out of Tips" in chat.stdout
    assert 'No button has that number; there are 3. To say a number, put it in quotes: "4"' in chat.stdout
    assert "opens https://example.org" in chat.stdout


def test_a_number_answers_a_question(assent: Run, tmp_path: Path) -> None:
    chat = assent("chat", small_flow(tmp_path), typed="4\n2\n")
    assert "→ age = 2" in chat.stdout
    assert "Thank you." in chat.stdout


def test_a_number_in_quotes_is_said(assent: Run, tmp_path: Path) -> None:
    chat = assent("chat", small_flow(tmp_path), typed='"1"\n')
    assert "nothing in the flow answers this" in chat.stdout
    assert "you are now in" not in chat.stdout


def test_a_short_wait_is_sat_out_and_an_empty_line_ends_a_long_one(assent: Run, tmp_path: Path) -> None:
    flow = small_flow(tmp_path)
    left = assent("chat", flow, typed="5\n").stdout
    assert "A second has passed." in left
    assert "… the flow waits 1d; an empty line ends the wait" in left
    assert "A day has passed." not in left
    assert "A day has passed." in assent("chat", flow, typed="5\n\n").stdout
    assert "A day has passed." in assent("chat", flow, "--fast", typed="5\n").stdout


def test_somebody_stops_while_the_flow_waits(assent: Run, tmp_path: Path) -> None:
    chat = assent("chat", small_flow(tmp_path), typed="5\nstop\n\n").stdout
    assert "you are now out of everything pushed" in chat
    assert "A day has passed." not in chat


def test_the_example_in_french(assent: Run) -> None:
    chat = assent("chat", str(EXAMPLE), "--language", "fr", "--fast", typed="bonjour\n1\narrêt\n")
    assert "Oui, volontiers" in chat.stdout
    assert "Vous ne recevrez plus de messages" in chat.stdout


def test_the_flows_first_language_is_the_accounts(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "deutsch.yaml"
    path.write_text(SMALL.replace("name: Small", "name: Small\nlanguages: [de]"))
    assert "Sie erhalten keine Nachrichten mehr" in assent("chat", str(path), typed="abmelden\n").stdout


def test_a_trace_tells_how_a_turn_was_decided(assent: Run, tmp_path: Path) -> None:
    chat = assent("chat", small_flow(tmp_path), "--trace", typed="1\n").stdout
    assert "· press hi hi/1" in chat
    assert "· consent tips: none → opted_in" in chat


def test_a_fault_in_the_flow_is_shown(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(SMALL.replace("You are out of Tips.", "\"{{ contact.age | default('') }}\""))
    checked = assent("flow", "check", str(path))
    assert checked.returncode == 0, checked.stdout
    chat = assent("chat", str(path), typed="2\n")
    assert "! fault in the flow in message out" in chat.stdout


def test_what_somebody_wrote_can_not_steer_the_terminal(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "echo.yaml"
    path.write_text(SMALL.replace("type: number", "type: text").replace("Thank you.", '"So {{ contact.age }} it is."'))
    chat = assent("chat", str(path), typed="4\n\x1b[2J[bold]old\n")
    assert "\x1b" not in chat.stdout
    assert "[2J[bold]old it is." in chat.stdout


@pytest.mark.parametrize("arguments", [["--draft"], ["--live"], ["--bot", "small"]])
def test_a_file_is_talked_to_as_it_is(assent: Run, tmp_path: Path, arguments: list[str]) -> None:
    done = assent("chat", small_flow(tmp_path), *arguments)
    assert done.returncode == 2
    assert "leave out --draft, --live and --bot" in done.stderr


def test_a_flow_with_errors_has_no_chat(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(SMALL.replace("welcome: hi", "welcome: nowhere"))
    done = assent("chat", str(path), typed="hello\n")
    assert done.returncode == 1
    assert f"{path}:4:10: error" in done.stderr
