"""Starts and stops processes as their units say: as much of systemd as `docs/production.md` needs.

`systemctl.py FOLDER start|stop|restart|enable|daemon-reload [--now] UNIT…`; FOLDER stands for `/`.
"""

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNITS = "etc/systemd/system"


def _lines(root: Path, unit: str) -> Iterator[tuple[str, str]]:
    """Yield the settings of a unit and of the files that add to it."""
    name, _, instance = unit.partition("@")
    units = root / UNITS
    file = units / (f"{name}@.service" if instance else f"{name}.service")
    for each in (file, *sorted(units.glob(f"{unit}.service.d/*.conf"))):
        for line in each.read_text().replace("%i", instance).splitlines():
            key, found, value = line.partition("=")
            if found and not line.startswith("#"):
                yield key, value


def _environment(lines: list[tuple[str, str]]) -> dict[str, str]:
    """What a file of variables says comes after, and wins over, what the unit says."""
    found = {"PATH": os.environ["PATH"]}
    for _, value in (line for line in lines if line[0] == "Environment"):
        found |= dict(each.split("=", 1) for each in shlex.split(value))
    for _, file in (line for line in lines if line[0] == "EnvironmentFile"):
        for line in Path(file).read_text().splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.partition("=")
                found[name] = "".join(shlex.split(value))
    return found


def start(root: Path, unit: str) -> None:
    lines = list(_lines(root, unit))
    said = dict(lines)
    with (root / f"{unit}.log").open("ab") as log:
        process = subprocess.Popen(
            shlex.split(said["ExecStart"]),
            cwd=said["WorkingDirectory"],
            env=_environment(lines),
            umask=int(said["UMask"], 8),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (root / f"{unit}.pid").write_text(str(process.pid))


def stop(root: Path, unit: str) -> None:
    """End it, and wait until it has ended. It is the child of a call that is over, so the kernel is asked."""
    file = root / f"{unit}.pid"
    if not file.exists():
        return
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(int(file.read_text()))
        signal.pidfd_send_signal(process, signal.SIGTERM)
        select.select([process], [], [], 60)
        os.close(process)
    file.unlink()


def main() -> None:
    root, act, *words = sys.argv[1:]
    for unit in (word for word in words if not word.startswith("-")):
        if act in ("stop", "restart"):
            stop(Path(root), unit)
        if act in ("start", "restart") or (act == "enable" and "--now" in words):
            start(Path(root), unit)


if __name__ == "__main__":
    main()
