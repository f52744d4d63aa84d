"""One line an event, in JSON or for the eye, and nobody's words in it."""

import asyncio
import gc
import logging

import orjson
import pytest
import structlog

from runtime.logs import configure, tell_of_lost_errors

CANARY = "what somebody wrote"


def logged(capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in capfd.readouterr().err.splitlines()]


def fail() -> None:
    try:
        {}[CANARY]
    except KeyError as error:
        raise ValueError(CANARY) from error


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_exception_is_told_by_kind_and_place_alone(style: str, capfd: pytest.CaptureFixture[str]) -> None:
    configure("info", style)  # type: ignore[arg-type]
    try:
        fail()
    except ValueError:
        structlog.get_logger("assent").exception("it failed", turn="t1")
    told = capfd.readouterr().err
    assert all(word in told for word in ("it failed", "t1", "ValueError", "KeyError", "test_logs.py", "in fail"))
    assert CANARY not in told


def test_at_debug_an_exception_is_told_in_full(capfd: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    try:
        fail()
    except ValueError:
        structlog.get_logger("assent").exception("it failed")
    assert CANARY in str(logged(capfd)[0]["exception"])


def test_lines_below_the_level_are_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")
    structlog.get_logger("assent").info("nothing special")
    assert capfd.readouterr().err == ""


def test_libraries_log_the_same_way_without_values(capfd: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    logging.getLogger("some.package").warning("can't parse %s", CANARY)
    logging.getLogger("some.package").info("all is well")
    (line,) = logged(capfd)
    assert (line["event"], line["level"], line["library"]) == ("can't parse %s", "warning", "some.package")


def test_setting_up_twice_writes_lines_once(capfd: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    configure("info", "json")
    logging.getLogger("some.package").warning("only once")
    assert len(logged(capfd)) == 1


async def test_an_error_that_no_task_takes_is_told_without_words(capfd: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    tell_of_lost_errors(asyncio.get_running_loop())

    async def lose() -> None:
        raise ValueError(CANARY)

    task = asyncio.create_task(lose())
    await asyncio.wait([task])
    del task
    gc.collect()
    (line,) = logged(capfd)
    assert (line["event"], line["level"]) == ("unhandled exception", "error")
    assert "ValueError" in str(line["exception"])
    assert CANARY not in str(line)
