"""The people whom the stand-in knows, and its answers about them: the connector's, Microsoft Graph's and Meta's."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

from standin.deliveries import DIRECTORY, Fault, FaultPlan

_CONDITION: Final = re.compile(r"(\w+) eq '((?:[^']|'')*)'")
_KEPT: Final = 10_000


class StandInPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody, as JSON: `{"user": "29:ana", "aad": "a-1", "given_name": "Ana", "email": "ana@example.org"}`."""

    user: str
    """The account: Teams' `29:…`, or Meta's id."""
    aad: str = ""
    """Object id in the organisation's directory; without it, Microsoft Graph does not know the person."""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    """Also the name that the person signs in with."""
    aliases: tuple[str, ...] = ()
    """Further addresses."""
    phone: str = ""
    locale: str = ""
    country: str = ""
    hours: float | None = None
    """Ahead of UTC."""
    gender: str = ""
    picture: str = ""
    external_id: str = ""
    enabled: bool = True
    deleted: bool = False
    permitted: bool = True
    """Whether Meta's app may see locale, hours and gender."""

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given_name} {self.family_name}".strip()


class Question(msgspec.Struct, frozen=True):
    """What was asked about people."""

    path: str
    query: Mapping[str, str]
    authorization: str = ""


class StandInPeople:
    """Answers as the real directories do; of those it does not know, that there is nobody."""

    def __init__(self, faults: FaultPlan) -> None:
        self._faults = faults
        self._people: dict[str, StandInPerson] = {}
        self.questions: deque[Question] = deque(maxlen=_KEPT)

    def add(self, person: StandInPerson) -> None:
        """Know somebody, or know them differently from now on."""
        self._people[person.user] = person

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put the calls on a router."""
        router.add_post("/standin/people", self._add)
        router.add_get("/v3/conversations/{conversation}/members/{user}", self._member)
        router.add_get("/v1.0/users", self._users)
        router.add_get("/v1.0/users/{id}", self._user)
        router.add_get("/v1.0/directory/deletedItems/microsoft.graph.user", self._deleted)
        router.add_get("/v1.0/directory/deletedItems/{id}", self._deleted_one)
        router.add_get(r"/{version:v\d+\.\d+}/community/members", self._members)
        router.add_get(r"/{version:v\d+\.\d+}/{user}", self._profile)

    async def _add(self, request: web.Request) -> web.StreamResponse:
        """The body is a `StandInPerson`."""
        try:
            self.add(msgspec.json.decode(await request.read(), type=StandInPerson))
        except msgspec.DecodeError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"people": len(self._people)})

    async def _member(self, request: web.Request) -> web.StreamResponse:
        failed = self._asked(request, _microsoft)
        if failed is not None:
            return failed
        asked = request.match_info["user"]
        for person in self._people.values():
            if asked in {person.user, person.aad, person.email} and not person.deleted:
                return web.json_response(_member(person))
        return web.json_response(_microsoft("MemberNotFoundInConversation"), status=404)

    async def _users(self, request: web.Request) -> web.StreamResponse:
        return self._listed(request, deleted=False)

    async def _deleted(self, request: web.Request) -> web.StreamResponse:
        return self._listed(request, deleted=True)

    async def _user(self, request: web.Request) -> web.StreamResponse:
        return self._one(request, deleted=False)

    async def _deleted_one(self, request: web.Request) -> web.StreamResponse:
        return self._one(request, deleted=True)

    def _listed(self, request: web.Request, *, deleted: bool) -> web.StreamResponse:
        failed = self._asked(request, _microsoft)
        if failed is not None:
            return failed
        wanted = {
            (name, value.replace("''", "'").lower()) for name, value in _CONDITION.findall(request.query["$filter"])
        }
        fitting = [
            each for each in self._people.values() if each.aad and each.deleted is deleted and _found_by(each) & wanted
        ]
        return web.json_response({"value": [_user(each) for each in fitting]})

    def _one(self, request: web.Request, *, deleted: bool) -> web.StreamResponse:
        failed = self._asked(request, _microsoft)
        if failed is not None:
            return failed
        for person in self._people.values():
            if person.aad and person.aad.lower() == request.match_info["id"].lower() and person.deleted is deleted:
                return web.json_response(_user(person))
        return web.json_response(_microsoft("Request_ResourceNotFound"), status=404)

    async def _profile(self, request: web.Request) -> web.StreamResponse:
        failed = self._asked(request, _meta)
        if failed is not None:
            return failed
        fields = request.query.get("fields", "").split(",")
        for person in self._people.values():
            if request.match_info["user"] in {person.user, person.email} - {""}:
                if not person.permitted and {"locale", "timezone", "gender"} & {*fields}:
                    return web.json_response(_meta("10"), status=403)
                return web.json_response(_told(person, fields))
        return web.json_response(_meta("100", 2018218), status=400)

    async def _members(self, request: web.Request) -> web.StreamResponse:
        failed = self._asked(request, _meta)
        if failed is not None:
            return failed
        wanted = {*request.query.get("external_ids", "").split(",")} - {""}
        fields = request.query.get("fields", "").split(",")
        data = [_told(person, fields) for person in self._people.values() if person.external_id in wanted]
        return web.json_response({"data": data})

    def _asked(self, request: web.Request, refusal: Callable[[str], Mapping[str, Any]]) -> web.StreamResponse | None:
        """Note a question; return what it suffers, if it is to fail."""
        authorization = request.headers.get("Authorization", "")
        self.questions.append(Question(request.path, dict(request.query), authorization))
        fault: Fault | None = self._faults.take(DIRECTORY, request.match_info.get("conversation", ""))
        if fault is None or not (fault.status or fault.drop):
            return None
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        body = refusal(str(fault.code or "0")) if fault.body is None else fault.body
        return web.json_response(body, status=fault.status, headers=headers)


def _found_by(person: StandInPerson) -> set[tuple[str, str]]:
    addresses = {("p", f"smtp:{address.lower()}") for address in (person.email, *person.aliases) if address}
    own = {("mail", person.email), ("userPrincipalName", person.email), ("employeeId", person.external_id)}
    return addresses | {(name, value.lower()) for name, value in own if value}


def _member(person: StandInPerson) -> Mapping[str, Any]:
    return {
        "id": person.user,
        "name": person.name,
        "objectId": person.aad or None,
        "givenName": person.given_name,
        "surname": person.family_name,
        "email": person.email or None,
        "userPrincipalName": person.email or None,
        "userRole": "user",
    }


def _user(person: StandInPerson) -> Mapping[str, Any]:
    return {
        "id": person.aad,
        "displayName": person.name,
        "givenName": person.given_name or None,
        "surname": person.family_name or None,
        "mail": person.email or None,
        "userPrincipalName": person.email or None,
        "mobilePhone": person.phone or None,
        "businessPhones": [],
        "preferredLanguage": person.locale or None,
        "usageLocation": person.country or None,
        "employeeId": person.external_id or None,
        "accountEnabled": person.enabled,
    }


def _told(person: StandInPerson, fields: list[str]) -> Mapping[str, Any]:
    known: dict[str, Any] = {
        "id": person.user,
        "name": person.name,
        "first_name": person.given_name,
        "last_name": person.family_name,
        "email": person.email,
        "primary_phone": person.phone,
        "profile_pic": person.picture,
        "picture": {"data": {"url": person.picture}} if person.picture else None,
        "locale": person.locale,
        "timezone": person.hours,
        "gender": person.gender,
        "external_id": person.external_id,
        "account_deactivate_time": "" if person.enabled else "2026-01-01T00:00:00+0000",
    }
    return {"id": person.user} | {name: known[name] for name in fields if known.get(name) not in (None, "")}


def _microsoft(code: str) -> Mapping[str, Any]:
    return {"error": {"code": code, "message": "told by the stand-in"}}


def _meta(code: str, subcode: int = 0) -> Mapping[str, Any]:
    error = {"message": f"(#{code})", "type": "OAuthException", "code": int(code), "fbtrace_id": "standin"}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}
