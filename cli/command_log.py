"""The log of a command: warnings, on stderr."""


def log_warnings() -> None:
    """Set up logging for a command that may log."""
    from runtime.logs import configure  # noqa: PLC0415  # keeps `assent --help` and `assent flow check` fast

    configure("warning", "console")
