"""The errors of an operation, for its OpenAPI description."""

from collections import defaultdict
from typing import Any

from visavis.domain.errors import (
    NotAuthenticated,
    NotPermitted,
    Overloaded,
    QuotaExceeded,
    StoreDown,
    ValueInvalid,
    VisavisError,
)
from visavis.wire.errors import status
from visavis.wire.v1.problem import PROBLEM_JSON, Problem

_ALWAYS: tuple[type[VisavisError], ...] = (
    ValueInvalid,
    NotAuthenticated,
    NotPermitted,
    QuotaExceeded,
    Overloaded,
    StoreDown,
    VisavisError,
)


_RETRY_AFTER = {
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
    "description": "Seconds after which to try again.",
}


def failures(*kinds: type[VisavisError]) -> dict[int | str, dict[str, Any]]:
    """`responses` for these errors and for those that every operation has, each with an example."""
    by_status: dict[int, list[type[VisavisError]]] = defaultdict(list)
    for kind in dict.fromkeys([*kinds, *_ALWAYS]):
        by_status[status(kind).http].append(kind)
    return {
        number: {
            "description": " ".join(_sentence(kind) for kind in found),
            **({"headers": {"Retry-After": _RETRY_AFTER}} if number in (429, 503) else {}),
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {kind().code: {"value": _example(kind)} for kind in found},
                }
            },
        }
        for number, found in sorted(by_status.items())
    }


def _sentence(kind: type[VisavisError]) -> str:
    if status(kind).http == 500:
        return "The server made a mistake or is not configured for this."
    return kind().message


def _example(kind: type[VisavisError]) -> dict[str, Any]:
    return Problem.of(kind(), request_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11").model_dump(mode="json")
