"""A machine to follow `docs/production.md` on: its paths lie in a folder, its commands for root need no root."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from tests.house.systemctl import stop
from tests.house.test_house import ROOT
from tests.storage.redis.server import free_port

_PATHS = re.compile(r"(?<![\w.})])/(opt|etc|var|usr/local)(?=/)")

_SUDO = '#!/bin/sh\n[ "$1" = -u ] && shift 2\nexec "$@"\n'
_INSTALL = """#!/bin/bash
words=()
while [ $# -gt 0 ]; do case $1 in -o|-g) shift 2;; *) words+=("$1"); shift;; esac; done
exec /usr/bin/install "${words[@]}"
"""
_NOTHING = "#!/bin/sh\n"


class Machine:
    """`root` stands for `/`, and `environment` for `/opt/assent/.venv`. The ports of the page are other ones here."""

    def __init__(self, root: Path, environment: Path) -> None:
        self.root = root
        self.ports = {port: free_port() for port in (3978, 3979, 3980)}
        folders = "opt/assent etc/systemd/system usr/local/bin var/lib var/backups bin checkout"
        for folder in folders.split():
            (root / folder).mkdir(parents=True)
        (root / "opt/assent/.venv").symlink_to(environment)
        for name, script in {
            "sudo": _SUDO,
            "install": _INSTALL,
            "useradd": _NOTHING,
            "systemctl": f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.house.systemctl {root} "$@"\n',
        }.items():
            (root / "bin" / name).write_text(script)
            (root / "bin" / name).chmod(stat.S_IRWXU)
        shutil.copytree(ROOT / "examples", root / "checkout/examples")
        for file in (root / "checkout/examples/production").iterdir():
            if file.is_file():
                file.write_text(self.here(file.read_text()))

    def here(self, text: str) -> str:
        """Return commands, or a file, with the paths and ports of this machine."""
        text = _PATHS.sub(rf"{self.root}/\1", text)
        return re.sub(r"\b39(78|79|80)\b", lambda found: str(self.ports[int(found[0])]), text)

    def run(self, commands: str) -> str:
        """Run commands in the checkout, as typed; return what they print. One that fails is an error."""
        path = f"{self.root}/usr/local/bin:{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(commands)],
            cwd=self.root / "checkout",
            env={"PATH": path, "HOME": str(self.root), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        logs = "".join(file.read_text()[-3000:] for file in self.root.glob("*.log"))
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}\n{logs}"
        return done.stdout + done.stderr

    def set(self, **variables: str) -> None:
        """Fill in the file of settings, as the page says to."""
        file = self.root / "etc/assent/env"
        kept = [line for line in file.read_text().splitlines() if line.partition("=")[0] not in variables]
        file.write_text("\n".join([*kept, *(f'{name}="{value}"' for name, value in variables.items())]) + "\n")

    def close(self) -> None:
        """End every server."""
        for file in self.root.glob("*.pid"):
            stop(self.root, file.name.removesuffix(".pid"))
