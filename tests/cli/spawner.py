"""Runs `assent` many times without paying for its imports each time.

A process imports everything once, and forks for each command: a process of its own, with its own folder, variables,
streams and exit status, just as from a shell. Run as a program, this file is that process.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

_HANGS = 10.0


class Spawner:
    """The process that forks. With `everything` it imports all of our modules first, for commands of a user who may not
    read them: root's Python may lie in root's home.
    """

    def __init__(self, root: Path, *, everything: bool = False) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSENT_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.spawner", *(["everything"] if everything else [])],
            cwd=root,
            env={**environment, "COLUMNS": "200", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        arguments: list[str],
        *,
        folder: Path,
        variables: dict[str, str],
        streams: Path,
        typed: str,
        user: int = 0,
        unread: bool = False,
        interrupt_at: int = 0,
    ) -> subprocess.CompletedProcess[str]:
        """Run one command in `folder`; `streams` is a folder for what it reads and writes.

        With a `user` it runs as the one of that number, which takes a process that may become that. `unread`: it writes
        to a pipe whose other end is closed. `interrupt_at`: Ctrl-C is pressed when it calls its function of that
        number, or else after `_HANGS` seconds.
        """
        files = [streams / name for name in ("stdin", "stdout", "stderr")]
        files[0].write_text(typed, encoding="utf-8", newline="")
        order = {
            "arguments": arguments,
            "folder": str(folder),
            "variables": variables,
            "files": list(map(str, files)),
            "user": user,
            "unread": unread,
            "interrupt_at": interrupt_at,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        out, err = (file.read_text(encoding="utf-8") for file in files[1:])
        return subprocess.CompletedProcess(arguments, status, out, err)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _serve() -> None:
    import importlib

    from cli.main import COMMANDS
    from cli.main import FLOW_COMMANDS as OF_FLOW

    # What is imported late: another user may not be able to read it.
    late = ["importlib.readers", "rich.cells", "rich.table", "runtime.logs"]
    late += ["storage.redis.store", "storage.sqlite.store"]
    for module in (*late, *(each.module for each in (*COMMANDS.values(), *OF_FLOW.values()))):
        importlib.import_module(module)
    for folder in ("cli", "storage", "runtime", "audiences", "replay") if "everything" in sys.argv else ():
        for file in sorted(Path(folder).rglob("*.py")):
            importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _command(order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _interrupt(call: int) -> None:
    """Interrupt this process at a call: the place is the same each time."""
    left = call

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal left
        left -= event == "call"
        if left == 0:
            sys.setprofile(None)
            os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, _HANGS)
    sys.setprofile(count)


def _command(order: dict[str, Any]) -> None:
    from cli.main import main

    modes = os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (file, mode) in enumerate(zip(order["files"], modes, strict=True)):
        os.dup2(os.open(file, mode), number)
    if order["unread"]:
        unread, written = os.pipe()
        os.close(unread)
        os.dup2(written, 1)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.chdir(str(order["folder"]))
    if order["user"]:
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])
    os.environ.update(order["variables"])
    sys.argv = ["assent", *order["arguments"]]
    status = 1
    try:
        if order["interrupt_at"]:
            _interrupt(order["interrupt_at"])
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    finally:
        sys.setprofile(None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
