"""Signature Version 4: against signatures that botocore makes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from visavis.api.dialects.rekognition.signature import Head, claimed_signature
from visavis.domain.errors import NotAuthenticated
from visavis.wire.rekognition.errors import fault_of

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b'{"CollectionId":"staff"}'
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "RekognitionService.DescribeCollection",
}


def signed(
    *,
    url: str = "http://127.0.0.1:8000/",
    body: bytes = BODY,
    headers: Mapping[str, str] = HEADERS,
    secret: str = SECRET,
    token: str | None = None,
    region: str = "eu-central-1",
    service: str = "rekognition",
) -> tuple[Head, bytes]:
    """The request as botocore signs it, and as a server receives it."""
    request = AWSRequest("POST", url, headers=dict(headers), data=body)
    SigV4Auth(Credentials(KEY, secret, token), service, region).add_auth(request)
    prepared = request.prepare()
    host, _, rest = prepared.url.removeprefix("http://").partition("/")
    path, _, query = f"/{rest}".partition("?")
    lines = [("Host", host), *prepared.headers.items()]
    received = [
        (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in lines
    ]
    return Head.of("POST", path.encode(), query.encode(), received), body


def changed(head: Head, **headers: str) -> Head:
    """The same request with other headers; an empty one is left out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    merged = {name: value for name, value in {**head.headers, **named}.items() if value}
    return Head(method=head.method, path=head.path, query=head.query, headers=merged)


def accept(head: Head, body: bytes, secret: str = SECRET, now: datetime | None = None) -> str:
    claimed = claimed_signature(head)
    claimed.require_current(now or datetime.now(UTC))
    claimed.require_valid(head, body, secret)
    return claimed.access_key


def refusal(head: Head, body: bytes, secret: str = SECRET, now: datetime | None = None) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        accept(head, body, secret, now)
    return fault_of(caught.value).type


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://faces.example/rekognition",
        "http://faces.example/rekognition/",
        "http://faces.example//a/./b/../c%20d/%7Ee/",
        "http://faces.example/x?b=2&a=%2F&a=1&empty=&c+d=e%20f",
    ],
)
def test_what_botocore_signs_is_accepted(url: str) -> None:
    assert accept(*signed(url=url)) == KEY


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "home"])
def test_any_region_is_accepted(region: str) -> None:
    head, body = signed(region=region)
    assert claimed_signature(head).region == region
    accept(head, body)


@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 1000])
def test_any_body_is_accepted(body: bytes) -> None:
    accept(*signed(body=body))


def test_blanks_in_headers_are_collapsed_and_lines_joined() -> None:
    head, body = signed(headers={**HEADERS, "X-Custom": "  a   b  "})
    assert "x-custom" in claimed_signature(head).headers
    accept(changed(head, x_custom="a b"), body)


@pytest.mark.parametrize(
    "change",
    [
        {"x_amz_target": "RekognitionService.DeleteCollection"},
        {"host": "evil.example"},
        {"content_type": "application/json"},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    head, body = signed()
    assert refusal(changed(head, **change), body) == "InvalidSignatureException"


def test_a_changed_body_path_query_or_secret_is_refused() -> None:
    head, body = signed()
    assert refusal(head, body + b" ") == "InvalidSignatureException"
    assert refusal(head, body, "another secret") == "InvalidSignatureException"
    for other in (
        Head(method="POST", path=b"/other", query=b"", headers=head.headers),
        Head(method="POST", path=b"/", query=b"a=1", headers=head.headers),
        Head(method="GET", path=b"/", query=b"", headers=head.headers),
    ):
        assert refusal(other, body) == "InvalidSignatureException"


def test_the_digest_that_a_client_claims_of_its_body_counts_for_nothing() -> None:
    head, body = signed(headers={**HEADERS, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refusal(head, body) == "InvalidSignatureException"


@pytest.mark.parametrize(("minutes", "words"), [(5.1, "Signature expired"), (-5.1, "not yet current")])
def test_a_request_of_another_time_is_refused(minutes: float, words: str) -> None:
    head, body = signed()
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(NotAuthenticated, match=words) as caught:
        accept(head, body, now=now)
    assert fault_of(caught.value).type == "InvalidSignatureException"
    accept(head, body, now=datetime.now(UTC) + timedelta(minutes=4.9 if minutes > 0 else -4.9))


def test_the_time_cannot_be_moved_without_the_secret() -> None:
    head, body = signed()
    later = datetime.now(UTC) + timedelta(minutes=3)
    moved = changed(head, x_amz_date=later.strftime("%Y%m%dT%H%M%SZ"))
    assert refusal(moved, body, now=later) == "InvalidSignatureException"


@pytest.mark.parametrize("missing", ["x-amz-target", "host", "x-amz-date"])
def test_what_matters_must_be_signed(missing: str) -> None:
    head, body = signed()
    authorization = head.headers["authorization"]
    weaker = authorization.replace(f"{missing};", "").replace(f";{missing}", "")
    assert weaker != authorization
    assert refusal(changed(head, authorization=weaker), body) == "InvalidSignatureException"


def test_the_date_header_may_stand_for_the_date() -> None:
    head, body = signed(headers={**HEADERS, "Date": "Mon, 01 Jan 2001 00:00:00 GMT"})
    assert "x-amz-date" not in head.headers
    accept(head, body)


def test_session_tokens_are_refused() -> None:
    assert refusal(*signed(token="temporary")) == "UnrecognizedClientException"  # noqa: S106


@pytest.mark.parametrize(
    ("authorization", "fault"),
    [
        ("", "MissingAuthenticationTokenException"),
        ("Bearer vv_abc", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 nonsense", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c", "IncompleteSignatureException"),
        (
            "AWS4-HMAC-SHA256 Credential=a/20200101/r/rekognition/aws4_request, "
            "SignedHeaders=host, Signature=c",
            "InvalidSignatureException",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/20261122/r/s3/aws4_request, SignedHeaders=host, Signature=c",
            "InvalidSignatureException",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Credential=a/b/c/d/e, Signature=c",
            "IncompleteSignatureException",
        ),
    ],
)
def test_malformed_authorization_is_refused(authorization: str, fault: str) -> None:
    head, body = signed()
    assert refusal(changed(head, authorization=authorization), body) == fault


def test_another_service_is_refused() -> None:
    assert refusal(*signed(service="s3")) == "InvalidSignatureException"


@pytest.mark.parametrize("date", ["", "yesterday", "20261301T000000Z", "9" * 5000])
def test_malformed_dates_are_refused(date: str) -> None:
    head, body = signed()
    assert refusal(changed(head, x_amz_date=date), body) == "IncompleteSignatureException"


def test_a_signature_does_not_show_itself() -> None:
    head, _ = signed()
    assert claimed_signature(head).value not in repr(claimed_signature(head))
