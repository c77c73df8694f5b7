"""What a server said, as the error that the library itself would raise."""

import math
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from visavis.domain.errors import (
    Conflict,
    InputError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    QuotaExceeded,
    RequestTooLarge,
    Unavailable,
    VisavisError,
)
from visavis.wire.v1.problem import Problem

_KINDS: Final[Mapping[int, type[VisavisError]]] = {
    400: InputError,
    401: NotAuthenticated,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    413: RequestTooLarge,
    422: InputError,
    429: QuotaExceeded,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
"""What somebody between us and the server, who knows no problem details, means by a status."""


def failure_of(status: int, headers: Mapping[str, str], content: bytes) -> VisavisError:
    """The error of an answer that is none of success."""
    after = retry_after_s(headers.get("retry-after", ""))
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        if 300 <= status < 400:
            return VisavisError(
                "The server sends requests elsewhere, which is not followed.",
                hint="Use the address that it names.",
            )
        kind = _KINDS.get(status, InputError if status < 500 else VisavisError)
        return kind(
            f"The server answered with status {status}.",
            hint="This is not an answer of Visavis: look at the address, and at what lies between.",
            retry_after_s=after,
            request_id=headers.get("x-request-id", ""),
        )
    return problem.error(retry_after_s=after)


def retry_after_s(text: str) -> float | None:
    """Seconds; dates, which clocks disagree about, count as nothing."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
