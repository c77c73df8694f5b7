"""AWS Signature Version 4, checked on the server's side.

Source: "AWS Signature Version 4 for API requests" in the AWS IAM user guide: a canonical request, the string to sign
made of its digest, and a key derived from the secret by date, region and service. What is signed here is the
request as it arrived: raw path, query and header lines, and the digest of the body that was read, whatever the
client's `x-amz-content-sha256` says.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote

from visavis.domain.errors import NotAuthenticated
from visavis.wire.rekognition.errors import Cause

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SERVICE: Final = "rekognition"
LONGEST_SKEW: Final = timedelta(minutes=5)
"""Between the client's clock and ours, either way. It also bounds for how long a request can be replayed."""

_TERMINATOR: Final = "aws4_request"
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_REQUIRED: Final = frozenset({"host", "x-amz-target"})
_REQUIRED_IF_SENT: Final = frozenset({"x-amz-date", "x-amz-content-sha256", "x-amz-security-token"})
_PARAMETER = re.compile(r"\s*(Credential|SignedHeaders|Signature)\s*=\s*([^\s,]*)\s*")
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your secret access key "
    "and signing method."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request without its body, as ASGI gives it: nothing decoded. `path` is without the query."""

    method: str
    path: bytes
    query: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, method: str, path: bytes, query: bytes, lines: Iterable[tuple[bytes, bytes]]) -> "Head":
        """Header lines of one name are joined by commas, in order."""
        joined: dict[str, str] = {}
        for raw_name, raw_value in lines:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return cls(method=method.upper(), path=path, query=query, headers=joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the `Authorization` header claims."""

    access_key: str
    date: str
    region: str
    signed_at: datetime
    headers: tuple[str, ...]
    value: str = field(repr=False)

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{SERVICE}/{_TERMINATOR}"

    def require_current(self, now: datetime) -> None:
        """Raises `NotAuthenticated` for a request signed too long ago, or too far in the future."""
        if self.signed_at < now - LONGEST_SKEW:
            raise _invalid(
                f"Signature expired: {_stamp(self.signed_at)} is now earlier than {_stamp(now - LONGEST_SKEW)} "
                f"({_stamp(now)} - 5 min.)"
            )
        if self.signed_at > now + LONGEST_SKEW:
            raise _invalid(
                f"Signature not yet current: {_stamp(self.signed_at)} is still later than "
                f"{_stamp(now + LONGEST_SKEW)} ({_stamp(now)} + 5 min.)"
            )

    def require_valid(self, head: Head, body: bytes, secret: str) -> None:
        """Raises `NotAuthenticated` unless it was made with this secret for this very request."""
        text = string_to_sign(self, canonical_request(self, head, body))
        expected = hmac.new(signing_key(self, secret), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), self.value.encode()):
            raise _invalid(_MISMATCH)


def claimed_signature(head: Head) -> Signature:
    """The signature that a request claims to have; nothing of it is true yet.

    Raises `NotAuthenticated` for a request that is not signed, comes with temporary credentials (there is no token
    service here), or has no signature of the right shape for this service.
    """
    algorithm, _, rest = head.headers.get("authorization", "").partition(" ")
    if not algorithm:
        raise NotAuthenticated(reasons=(Cause.UNSIGNED,))
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': it has to be {ALGORITHM}.")
    if "x-amz-security-token" in head.headers:
        raise NotAuthenticated(
            "Session tokens are not supported: use an access key and its secret alone.",
            reasons=(Cause.KEY_UNKNOWN,),
        )
    matches = [_PARAMETER.fullmatch(part) for part in rest.split(",")]
    parameters = {match.group(1): match.group(2) for match in matches if match and match.group(2)}
    if None in matches or len(parameters) != 3 or len(matches) != 3:
        raise _incomplete(
            "The Authorization header needs the parameters Credential, SignedHeaders and Signature, once each."
        )
    scope = parameters["Credential"].split("/")
    if len(scope) != 5 or not all(scope):
        raise _incomplete("The Credential needs the form <key>/<yyyymmdd>/<region>/<service>/aws4_request.")
    access_key, date, region, service, terminator = scope
    if service != SERVICE or terminator != _TERMINATOR:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'. ")
    signed_at = _signed_at(head)
    if date != signed_at.strftime("%Y%m%d"):
        raise _invalid("The date in the Credential is not that of the request.")
    return Signature(
        access_key=access_key,
        date=date,
        region=region,
        signed_at=signed_at,
        headers=_signed_headers(parameters["SignedHeaders"], head),
        value=parameters["Signature"],
    )


def _signed_headers(text: str, head: Head) -> tuple[str, ...]:
    names = tuple(text.split(";"))
    if list(names) != sorted(set(names)) or any(
        name != name.lower() or name not in head.headers for name in names
    ):
        raise _incomplete("SignedHeaders lists headers of the request, sorted, in lower case, once each.")
    date = {"x-amz-date"} if "x-amz-date" in head.headers else {"date"}
    required = _REQUIRED | date | (_REQUIRED_IF_SENT & head.headers.keys())
    missing = sorted(required - set(names))
    if missing:
        raise _invalid(f"'{missing[0]}' must be a 'SignedHeader' in the AWS Authorization.")
    return names


def _signed_at(head: Head) -> datetime:
    """`X-Amz-Date`, or `Date` for clients that set that one."""
    text = head.headers.get("x-amz-date", "")
    try:
        if text:
            return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC)
        return parsedate_to_datetime(head.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        raise _incomplete("The request needs an X-Amz-Date of the form 20261231T235959Z.") from None


def canonical_request(signature: Signature, head: Head, body: bytes) -> str:
    """The request in the one form that both sides can compute."""
    lines = (f"{name}:{' '.join(head.headers[name].split())}" for name in signature.headers)
    return "\n".join(
        (
            head.method,
            _canonical_path(head.path.decode("latin-1")),
            _canonical_query(head.query.decode("latin-1")),
            *lines,
            "",
            ";".join(signature.headers),
            hashlib.sha256(body).hexdigest(),
        )
    )


def string_to_sign(signature: Signature, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    return "\n".join((ALGORITHM, _stamp(signature.signed_at), signature.scope, digest))


def signing_key(signature: Signature, secret: str) -> bytes:
    """Good for one day, one region and this service only."""
    key = f"AWS4{secret}".encode()
    for part in (signature.date, signature.region, SERVICE, _TERMINATOR):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _canonical_path(path: str) -> str:
    """Without empty and dot segments (RFC 3986, 5.2.4), each segment encoded once more, as for all but S3."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    end = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + end, safe="/~", encoding="latin-1")


def _canonical_query(query: str) -> str:
    """Sorted; the encoding is the one that was sent, as the SDKs sign it."""
    pairs = sorted(part.partition("=")[::2] for part in query.split("&") if part)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _stamp(at: datetime) -> str:
    return at.strftime(_TIMESTAMP)


def _incomplete(message: str) -> NotAuthenticated:
    return NotAuthenticated(message, reasons=(Cause.SIGNATURE_INCOMPLETE,))


def _invalid(message: str) -> NotAuthenticated:
    return NotAuthenticated(message, reasons=(Cause.SIGNATURE_INVALID,))
