"""Errors over gRPC: what stands in the trailing metadata, and back again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from visavis.domain.errors import VisavisError

CODE: Final = "visavis-code"
HINT: Final = "visavis-hint-bin"  #: gRPC allows ASCII only, except in keys that end in -bin
REASONS: Final = "visavis-reasons"
RETRYABLE: Final = "visavis-retryable"
RETRY_AFTER_MS: Final = "visavis-retry-after-ms"
REQUEST_ID: Final = "x-request-id"

Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]


def error_metadata(error: VisavisError) -> Metadata:
    """The trailing metadata of an error; its message is the message of the status."""
    found: list[tuple[str, str | bytes]] = [
        (CODE, error.code),
        (RETRYABLE, "true" if error.retryable else "false"),
    ]
    if error.advice:
        found.append((HINT, error.advice.encode()))
    if error.reasons:
        found.append((REASONS, ",".join(str(reason) for reason in error.reasons)))
    wait_ms = retry_after_ms(error)
    if wait_ms is not None:
        found.append((RETRY_AFTER_MS, str(wait_ms)))
    return tuple(found)


def retry_after_ms(error: VisavisError) -> int | None:
    """After how long the same call may work, if that is known."""
    return None if error.retry_after_s is None else max(1, round(error.retry_after_s * 1000))


def error_of(message: str, metadata: Iterable[tuple[str, str | bytes]]) -> VisavisError | None:
    """The error that another Visavis sent; `None` if there is none in the metadata.

    A code that this version does not know becomes a plain `VisavisError`.
    """
    found: Mapping[str, str | bytes] = dict(metadata)
    if CODE not in found:
        return None
    kind = {one.__name__: one for one in _kinds(VisavisError)}.get(
        _class_name(_text(found, CODE)), VisavisError
    )
    wait = _text(found, RETRY_AFTER_MS)
    reasons = _text(found, REASONS)
    return kind(
        message,
        hint=_text(found, HINT),
        reasons=tuple(reasons.split(",")) if reasons else (),
        retry_after_s=int(wait) / 1000 if wait.isdigit() else None,
    )


def _text(found: Mapping[str, str | bytes], key: str) -> str:
    value = found.get(key, "")
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _class_name(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("_"))


def _kinds(kind: type[VisavisError]) -> Iterator[type[VisavisError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
