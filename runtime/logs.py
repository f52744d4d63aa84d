"""Structured logs. At info and above a line carries ids, never what somebody wrote, a name or a secret."""

import asyncio
import errno
import logging
import sys
import traceback
from typing import Any, Literal

import structlog

_OUT_OF_HANDLES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SAY_EVERY = 60.0
"""Seconds."""

Level = Literal["debug", "info", "warning", "error"]


def configure(level: Level, style: Literal["json", "console"]) -> None:
    """Set up logging for the process: one line per event on stderr, JSON or for the eye.

    What libraries say goes the same way, from warnings on.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_in_full if number <= logging.DEBUG else without_words),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_FromLibraries(in_full=number <= logging.DEBUG))
    root.setLevel(logging.WARNING)


def tell_of_lost_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Log what no task took: the error's kind and place, without its words.

    That no handle is left for another connection, which comes many times a second, is logged once a minute.
    """
    said: float | None = None

    def tell(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said
        error = context.get("exception")
        log = structlog.get_logger("assent.loop")
        if isinstance(error, OSError) and error.errno in _OUT_OF_HANDLES and "socket" in context:
            if said is None or loop.time() - said >= _SAY_EVERY:
                said = loop.time()
                log.error("no connection can be accepted", reason=error.strerror, remedy="Raise LimitNOFILE")
            return
        log.error("unhandled exception", exc_info=error if isinstance(error, BaseException) else None)

    loop.set_exception_handler(tell)


def without_words(exc_info: structlog.typing.ExcInfo) -> str:
    """Render an exception and what caused it: kinds, files, lines; not its message, which may quote a person."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = type(error)
        parts.append("".join(traceback.format_tb(error.__traceback__)) + f"{kind.__module__}.{kind.__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n... while handling, or because of:\n".join(parts)


def _in_full(exc_info: structlog.typing.ExcInfo) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip()


class _Stderr:
    """Writes lines to what `sys.stderr` is at that moment."""

    def __init__(self, *_: object) -> None:
        pass

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


class _FromLibraries(logging.Handler):
    """Takes a library's line into ours: its template and an exception's place, the values in it at debug alone.

    That somebody does not speak HTTP is no error of anybody here, and not worth a traceback.
    """

    def __init__(self, *, in_full: bool) -> None:
        super().__init__()
        self._in_full = in_full

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("aiohttp") and _is_malformed_request(error):
            structlog.get_logger(record.name).warning("malformed request", kind=type(error).__name__)
            return
        told = record.getMessage() if self._in_full else str(record.msg).split("\n", 1)[0]
        log = structlog.get_logger(record.name)
        log.log(record.levelno, told, library=record.name, exc_info=record.exc_info)


def _is_malformed_request(error: BaseException | None) -> bool:
    from aiohttp.http_exceptions import HttpProcessingError  # noqa: PLC0415  # commands without a server need it not
    from aiohttp.web import RequestPayloadError  # noqa: PLC0415

    return isinstance(error, HttpProcessingError | RequestPayloadError)
