"""Refusals, as RFC 9457 has them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from messages.errors import (
    AssentError,
    BadInput,
    Conflict,
    Forbidden,
    InUse,
    JobLost,
    NotFound,
    PushConflict,
    StaleVersion,
    StateConflict,
    StoreError,
)

CONTENT_TYPE = "application/problem+json"


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: where it is, what it is, what to do about it."""

    place: str
    problem: str
    remedy: str


class ProblemBody(msgspec.Struct, frozen=True):
    """The body of every answer of 400 and above."""

    type: str
    """A name for the sort of problem, to compare with; it leads nowhere."""
    title: str
    status: int
    detail: str
    instance: str
    """The path that was asked for."""
    errors: tuple[Fault, ...] = ()


class Problem(AssentError):
    """A request that is refused."""

    def __init__(
        self, status: int, detail: str, *, errors: tuple[Fault, ...] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        super().__init__(detail)


def invalid(problem: str, *, place: str = "", remedy: str = "") -> Problem:
    """Return the refusal of a request that can be read and makes no sense."""
    return Problem(422, problem, errors=(Fault(place, problem, remedy),))


def problem_of(error: AssentError, *, where: str = "", versioned: bool = False) -> Problem:
    """Return the refusal that an error comes to. What can't be the caller's fault tells nothing of its reason.

    `where` is the part of the request that places are in; `versioned`: the request names the version it is made for.
    """
    match error:
        case Problem():
            return error
        case BadInput():
            return _bad_input(error, where)
        case Forbidden():
            return Problem(403, str(error))
        case StaleVersion() | PushConflict():
            said = str(error) if isinstance(error, PushConflict) else CHANGED_MEANWHILE
            return Problem(412 if versioned else 409, said)
        case JobLost():
            return Problem(409, "the import is in other hands now, or has ended")
    told = "the store is not available" if isinstance(error, StoreError) else "something failed here; it is logged"
    return Problem(503, told, headers={"Retry-After": "5"})


CHANGED_MEANWHILE: Final = "it was changed meanwhile: read it again, then repeat the request"


def _bad_input(error: BadInput, where: str) -> Problem:
    place = f"{where}: {error.place}" if where and error.place and not error.place.startswith(where) else error.place
    fault = Fault(place or where, error.problem, error.remedy)
    match error:
        case Conflict():
            fault = Fault(f"contact {error.contact}", error.problem, error.remedy)
            return Problem(409, error.problem, errors=(fault,))
        case InUse():
            faults = tuple(Fault(use, error.problem, error.remedy) for use in error.uses)
            return Problem(409, error.problem, errors=faults)
        case StateConflict():
            return Problem(409, error.problem, errors=(fault,))
        case NotFound():
            return Problem(404, error.problem, errors=(fault,))
    return Problem(422, error.problem, errors=(fault,))


def problem_answer(problem: Problem, instance: str) -> web.Response:
    """Return the answer that a refusal is."""
    phrase = HTTPStatus(problem.status).phrase
    body = ProblemBody(
        type=f"urn:assent:problem:{phrase.lower().replace(' ', '-')}",
        title=phrase,
        status=problem.status,
        detail=problem.detail,
        instance=instance,
        errors=problem.errors,
    )
    return web.Response(
        status=problem.status, body=msgspec.json.encode(body), content_type=CONTENT_TYPE, headers=problem.headers
    )
