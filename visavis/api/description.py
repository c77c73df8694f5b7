"""The OpenAPI description: what FastAPI knows of the routes, and what holds for all of them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from visavis.api.documented import failures
from visavis.api.examples import sample
from visavis.domain.errors import IdempotencyConflict, RequestInProgress, RequestTooLarge, RequestTooSlow
from visavis.wire.v1.problem import PROBLEM_JSON, Problem

DESCRIPTION: Final = """\
Face recognition with decisions at a stated error rate.

Every decision is `match`, `non_match` or `inconclusive`, with its score, the false-match rate at that score,
the threshold and what it was calibrated on. Errors are problem details (RFC 9457) with a stable `code` and a
`hint`. Authenticate with `Authorization: Bearer vv_…` (an API key) or a session cookie; writes with a cookie
carry its `X-CSRF-Token`.

Pictures are sent as multipart/form-data, as base64 in JSON, or as the body itself; the server never fetches
a picture from an address. Writes take an `Idempotency-Key`; updates take `If-Match`. Lists come in pages: pass
`next_cursor` as `cursor` until it is null. Every answer has an `X-Request-Id` that finds it in the log.
"""

TAGS: Final = [
    {"name": "recognition", "description": "Detect, verify, identify."},
    {"name": "galleries", "description": "The sets that are searched, with their policies."},
    {"name": "subjects", "description": "Who is known, and what is kept of them."},
    {"name": "events", "description": "The detection log."},
    {
        "name": "alerts",
        "description": "Rules, the alerts that they raise, and the channels that tell of them.",
    },
    {
        "name": "monitors",
        "description": "Whether cameras still send what they did, and whose references are too old.",
    },
    {"name": "recordings", "description": "Recorded video, to be searched for a face."},
    {"name": "corrections", "description": "What people put right, remembered and undone."},
    {"name": "reviews", "description": "What the machine left open, for people to decide."},
    {"name": "cameras", "description": "Cameras, and what they saw."},
    {"name": "agents", "description": "Devices beside cameras, and what they ask for."},
    {"name": "visitors", "description": "How many came, when, for how long, along which way."},
    {"name": "doors", "description": "Who may pass which door when, and what was decided there."},
    {"name": "attendance", "description": "Who was there, from when until when."},
    {"name": "jobs", "description": "Work that is done later."},
    {"name": "webhooks", "description": "Where events are sent to."},
    {"name": "governance", "description": "Consent, retention, erasure, audit."},
    {"name": "accounts", "description": "Who may do what."},
    {"name": "models", "description": "Model packs."},
    {"name": "operation", "description": "Is it up, is it ready."},
]

_OPEN: Final = (
    "/v1/health",
    "/v1/ready",
    "/v1/auth/sign-in",
    "/v1/auth/one-time",
    "/v1/auth/one-time/whose",
    "/v1/auth/oidc",
    "/v1/auth/ways",
    "/v1/agents/enrol",
)
_ALONE: Final = ("/v1/auth/sign-out", "/v1/me/password", "/v1/me/sessions")
"""Writes about the caller itself, which are not kept for repetition."""

_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "Sent twice with the same request, it is done once; the answer is the first one.",
}

_MANY: Final = 3
_DONE: Final = {
    "200": "Done.",
    "201": "Made.",
    "202": "Accepted: it is done later.",
    "204": "Done; there is nothing to say.",
    "303": "Go on there.",
}

Operation = dict[str, Any]


def described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The description with the schema of problems, the ways to authenticate, and examples; made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(app)
        return app.openapi_schema

    return openapi


def _whole(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        separate_input_output_schemas=False,
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    model = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= model.pop("$defs", {}) | {"Problem": model}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: vv_…"},
        "session": {"type": "apiKey", "in": "cookie", "name": "visavis_session"},
    }
    for path, verb, operation in _operations(schema):
        _complete(path, verb, operation)
        for content in _bodies(operation):
            if "example" not in content and "examples" not in content:
                content["example"] = sample(content["schema"], schemas)
    components["responses"] = _shared(schema)
    return schema


def _shared(schema: dict[str, Any]) -> dict[str, Any]:
    """The errors that many operations have are described once, under the names of their codes."""
    places: dict[str, list[tuple[Operation, str]]] = defaultdict(list)
    for _, _, operation in _operations(schema):
        for number, answer in operation["responses"].items():
            if number.startswith(("4", "5")) and PROBLEM_JSON in answer["content"]:
                places[json.dumps(answer, sort_keys=True)].append((operation["responses"], number))
    shared: dict[str, Any] = {}
    for answer, found in places.items():
        if len(found) < _MANY:
            continue
        known = json.loads(answer)
        codes = known["content"][PROBLEM_JSON]["examples"]
        name = "Or".join(code.title().replace("_", "") for code in sorted(codes))
        shared[name] = known
        for responses, number in found:
            responses[number] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            yield path, verb, operation


def _complete(path: str, verb: str, operation: Operation) -> None:
    """Who may call it, that writes can be repeated, and that bodies have bounds."""
    responses = operation["responses"]
    for number, words in _DONE.items():
        if responses.get(number, {}).get("description") == "Successful Response":
            responses[number]["description"] = words
    if "requestBody" in operation:
        _add(responses, failures(RequestTooLarge, RequestTooSlow), 408, 413)
    if path.startswith(_OPEN):
        operation["security"] = []
        return
    operation["security"] = [{"apiKey": []}, {"session": []}]
    if verb != "get" and not path.startswith(_ALONE):
        operation.setdefault("parameters", []).append(_KEY_HEADER)
        _add(responses, failures(IdempotencyConflict, RequestInProgress), 409)
    operation["responses"] = dict(sorted(responses.items()))


def _add(responses: Operation, more: dict[int | str, dict[str, Any]], *numbers: int) -> None:
    """Statuses that are there keep their examples and get these as well."""
    for number in numbers:
        given = responses.setdefault(str(number), more[number])
        if given is more[number]:
            continue
        for media, content in more[number]["content"].items():
            examples = given.get("content", {}).get(media, {}).get("examples", {})
            for name, example in content["examples"].items():
                if name not in examples:
                    examples[name] = example
                    given["description"] += f" {example['value']['title']}"


def _bodies(operation: Operation) -> Iterator[dict[str, Any]]:
    """The contents of requests and answers in JSON."""
    places = [operation.get("requestBody", {}), *operation["responses"].values()]
    for place in places:
        content = place.get("content", {}).get("application/json")
        if content is not None and "schema" in content:
            yield content
