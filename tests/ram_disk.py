"""Where tests keep their files: in memory where there is room, as what they try is not the disk."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOM = 4 * 1024**3
"""Bytes that must be free: many times what a run holds at once."""


@functools.cache
def ram_disk() -> Path | None:
    """Return a folder in memory with room for a run, whose programs can be started; None where there is none."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < ROOM:
        return None
    with tempfile.TemporaryDirectory(dir=folder) as tried:
        program = Path(tried) / "program"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o700)
        try:
            subprocess.run([program], check=True)
        except OSError:  # mounted without the right to start programs
            return None
    return folder
