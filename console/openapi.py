"""The OpenAPI document, made from the operations and their structs."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from console.operations import Operation
from console.problems import CONTENT_TYPE, ProblemBody
from console.requests import HEADER, TYPES
from console.way import SECURE_COOKIE

BASE = "/api/v1"
_REF = "#/components/schemas/{name}"


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document, as JSON has it."""
    operations = tuple(operations)
    kinds = {one for each in operations for one in (each.body, each.answer, each.query) if one is not None}
    _, components = msgspec.json.schema_components(
        sorted({*kinds, ProblemBody}, key=lambda kind: kind.__name__), ref_template=_REF
    )
    queries = {each.query.__name__ for each in operations if each.query is not None}
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(BASE + each.path, {})[each.method.lower()] = _operation(each, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Assent",
            "version": "1",
            "description": "People, segments, imports, counts and events of bots.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": SECURE_COOKIE},
            },
            "schemas": {name: schema for name, schema in components.items() if name not in queries},
        },
    }


def _operation(operation: Operation, components: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    parameters += _query(operation, components)
    if operation.takes_key:
        parameters.append(
            {
                "name": HEADER,
                "in": "header",
                "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
                "description": "The same key and request get the same answer, and are done once.",
            }
        )
    if operation.versioned:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": "The ETag that reading it gave.",
            }
        )
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"For the role {operation.role.value} or a higher one.",
        "parameters": parameters,
        "responses": _answers(operation),
    }
    if operation.is_open:
        told |= {"security": [], "description": "For everybody."}
    if operation.uploads:
        told["requestBody"] = {"required": True, "content": _uploads()}
    elif operation.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(operation.body)}}}
    return told


def _query(operation: Operation, components: Mapping[str, Any]) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = components[operation.query.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": kind}
        for name, kind in schema["properties"].items()
    ]


def _uploads() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    }
    return {kind: {"schema": form if kind.startswith("multipart") else {"type": "string"}} for kind in TYPES}


def _answers(operation: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        good["content"] = {"application/json": {"schema": _ref(operation.answer)}}
    elif operation.status != 204:
        good["content"] = {operation.content_type: {"schema": {"type": "string"}}}
    statuses = {400, 401, 403, 404, 422, 429, 503, *operation.may_be}
    if operation.method == "POST":
        statuses |= {409}
    if operation.body is not None or operation.uploads:
        statuses |= {408, 413, 415}
    if operation.versioned:
        statuses |= {412, 428}
    problem = {CONTENT_TYPE: {"schema": _ref(ProblemBody)}}
    refused = {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in sorted(statuses)
    }
    return {str(operation.status): good, **refused}


def _ref(kind: type) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)}
