"""Who runs this process, for records that say who did something."""

import getpass
import os


def machine_user() -> str:
    """Return the name that the machine has for whoever runs the process; a container's user may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
