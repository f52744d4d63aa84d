"""A builder's day: from a file to a draft, from a draft to live, and back."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.running import EXAMPLE, ROOT, SMALL, Run, small_flow


def test_from_a_file_to_live_and_back(assent: Run, tmp_path: Path) -> None:
    assert "draft 1 of small" in assent("flow", "save", small_flow(tmp_path)).stdout
    assert "segment *tips* is new" in assent("flow", "diff").stdout
    assert "revision 1 of small is live" in assent("flow", "push", "--yes", "-m", "first").stdout

    assent("flow", "save", small_flow(tmp_path, "Count me in"))
    assert "Count me in" in assent("flow", "diff").stdout
    assert "revision 2" in assent("flow", "push", "--yes", author="ben").stdout
    assert "nothing would change" in assent("flow", "diff").stdout
    assert "Yes please" in assent("flow", "diff", "1").stdout
    assert "live already" in assent("flow", "push", "--yes").stdout

    rolled = assent("flow", "rollback", "1", "--yes")
    assert "revision 3 of small is live, with the text of revision 1" in rolled.stdout
    assert "live already" in assent("flow", "rollback", "1", "--yes").stdout
    assert "Count me in" in assent("flow", "export", "2").stdout
    assert "Count me in" in assent("flow", "export", "--draft").stdout

    history = json.loads(assent("flow", "history", "--json").stdout)
    assert [(each["number"], each["author"]) for each in history] == [(3, "ana"), (2, "ben"), (1, "ana")]
    assert (history[2]["note"], history[0]["rolled_back_to"]) == ("first", 1)


LINKED = """assent: "1"
bot: small
name: Small
welcome: hello
default: hello
links: {health-day: {message: hello, words: "health day & more"}}
messages: {hello: {parts: [{text: Hello, buttons: [{label: Again, message: hello}]}]}}
"""


def test_links_are_printed_for_each_channel_with_their_codes(assent: Run, tmp_path: Path) -> None:
    flow = tmp_path / "linked.yaml"
    flow.write_text(LINKED)
    assert "set bots.small.teams.app_id" in assent("flow", "links", str(flow)).stdout
    (tmp_path / "assent.toml").write_text(
        '[bots.small.teams]\napp_id = "0a1b"\n[bots.small.workplace]\npages = ["12", "34"]\n'
    )
    pictures = tmp_path / "codes"
    shown = assent("flow", "links", str(flow), "--json", "--svg", str(pictures), "--png", str(pictures))
    assert [(each["channel"], each["address"]) for each in json.loads(shown.stdout)] == [
        ("teams", "https://teams.microsoft.com/l/chat/0/0?users=28:0a1b&message=health%20day%20%26%20more"),
        ("workplace", "https://m.me/12?ref=health-day"),
        ("workplace", "https://m.me/34?ref=health-day"),
    ]
    codes = ["health-day-teams", "health-day-workplace", "health-day-workplace-2"]
    assert {path.name for path in pictures.iterdir()} == {f"{name}.{end}" for name in codes for end in ("png", "svg")}
    assert (pictures / "health-day-teams.png").read_bytes().startswith(b"\x89PNG")
    assert (
        "\u2588" in assent("flow", "links", str(flow), "--qr").stdout
        or "\u2580" in assent("flow", "links", str(flow), "--qr").stdout
    )


def test_what_is_exported_is_what_was_saved_to_the_byte(assent: Run, tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_bytes(SMALL.replace("\n", "\r\n").encode() + "# ünïcode\r\n".encode())
    assent("flow", "save", str(file))
    out = subprocess.run(
        [sys.executable, "-m", "cli.main", "flow", "export", "--draft"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert out.stdout == file.read_bytes()


def test_a_file_is_compared_with_live(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    assent("flow", "push", "--yes")
    changed = small_flow(tmp_path, "Count me in", "changed.yaml")
    found = json.loads(assent("flow", "diff", changed, "--json").stdout)
    assert [change["kind"] for change in found] == ["changed"]
    assert "Count me in" in found[0]["text"]


def test_a_flow_with_errors_is_saved_but_not_pushed(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(SMALL.replace("welcome: hi", "welcome: nowhere"))
    checked = assent("flow", "check", str(path))
    assert checked.returncode == 1
    assert f"{path}:4:10: error" in checked.stdout
    saved = assent("flow", "save", str(path))
    assert saved.returncode == 0
    assert "it can't be pushed yet: 1 error" in saved.stderr
    pushed = assent("flow", "push", "--yes")
    assert pushed.returncode == 1
    assert "draft of small:4:10: error" in pushed.stderr
    assert "assent: the draft of small was not pushed: 1 error" in pushed.stderr
    assert json.loads(assent("flow", "history", "--json").stdout) == []
    assert "it can't be pushed" not in assent("flow", "save", small_flow(tmp_path)).stderr


def test_warnings_stop_only_the_strict(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "warns.yaml"
    path.write_text(SMALL.replace("You are out of Tips.", "Fine."))
    lenient, strict = assent("flow", "check", str(path)), assent("flow", "check", "--strict", str(path))
    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert "warning" in lenient.stdout


def test_findings_as_json(assent: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("assent: '1'\nbot: b\nnam: B\n")
    found = json.loads(assent("flow", "check", "--json", str(path), str(EXAMPLE)).stdout)
    assert {(each["file"], each["line"], each["severity"]) for each in found} >= {(str(path), 3, "error")}


def test_the_loser_of_two_pushes_is_told_who_won(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    assent("flow", "push", "--yes", author="ben")
    late = assent("flow", "push", "--yes", "--expect", "0")
    assert late.returncode == 1
    assert "revision 1 is live, pushed by ben" in late.stderr


def test_of_pushes_at_the_same_moment_one_wins(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    assent("flow", "push", "--yes")
    assent("flow", "save", small_flow(tmp_path, "Count me in"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.main", "flow", "push", "--yes", "--expect", "1"]
    racing = [
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in racing]
    assert sorted(status for _, status in ended) == [0, 1, 1, 1]
    assert all("look at the diff again" in told for told, status in ended if status)
    assert len(json.loads(assent("flow", "history", "--json").stdout)) == 2


def test_a_push_asks_first(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    refused, unheard = assent("flow", "push", typed="n\n"), assent("flow", "push")
    assert [(done.returncode, "revision 1" in done.stdout) for done in (refused, unheard)] == [(1, False)] * 2
    assert "nothing was changed" in refused.stderr
    assert "Say --yes" in unheard.stderr
    agreed = assent("flow", "push", typed="y\n")
    assert "message *hi* is new" in agreed.stdout
    assert "revision 1 of small is live" in agreed.stdout


def test_bots_are_told_apart_by_name(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", small_flow(tmp_path))
    assent("flow", "save", str(EXAMPLE))
    unnamed = assent("flow", "push", "--yes")
    assert unnamed.returncode == 1
    assert "--bot: the store holds several bots. Name one of small, wellbeing" in unnamed.stderr
    assert "revision 1 of wellbeing is live" in assent("flow", "push", "--yes", "--bot", "wellbeing").stdout


def test_the_schema_is_json_and_says_what_it_is(assent: Run) -> None:
    assert json.loads(assent("flow", "schema").stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_flow_comes_through_a_pipe(assent: Run, tmp_path: Path) -> None:
    text = Path(small_flow(tmp_path)).read_text()
    assert assent("flow", "check", "-", typed=text).returncode == 0
    assert "draft 1 of small" in assent("flow", "save", "-", typed=text).stdout
    assent("flow", "push", "--yes")
    assert assent("flow", "export").stdout == text
    changed = text.replace("Yes please", "Count me in")
    assert "Count me in" in assent("flow", "diff", "-", typed=changed).stdout


def test_what_is_wrong_in_a_pipe_has_a_place(assent: Run) -> None:
    for command in ("check", "save"):
        for typed, told in (("", "<stdin>:1:1: error: the file is empty"), ("a: [", "<stdin>:1:")):
            done = assent("flow", command, "-", typed=typed)
            assert done.returncode == 1
            assert told in done.stdout + done.stderr
    assert assent("flow", "history").returncode == 1


def test_a_condition_on_a_segment_that_staff_keep_is_not_asked_about_where_the_store_has_it(
    assent: Run, tmp_path: Path
) -> None:
    flow = tmp_path / "small.yaml"
    text = SMALL.replace("LABEL", "Yes please")
    flow.write_text(
        text.replace(
            "    parts:\n      - text: One",
            "    parts:\n      - {if: {segment: lapsed}, then: [{text: Back?}]}\n      - text: One",
        )
    )
    assert "`lapsed`" in assent("flow", "check", str(flow)).stdout
    assert assent("flow", "save", str(flow)).returncode == 0
    assert "`lapsed`" in assent("flow", "push", typed="n\n").stdout
    assert assent("segment", "create", "Lapsed", "--id", "lapsed").returncode == 0
    for arguments in (["flow", "save", str(flow)], ["flow", "diff"], ["flow", "push", "--yes"]):
        done = assent(*arguments)
        assert done.returncode == 0, done.stderr
        assert "the flow has no segment" not in done.stdout + done.stderr
