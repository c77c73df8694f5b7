"""Writes the reference of the gRPC API from its contract, its table of permissions and the table of statuses.

python scripts/grpc_reference.py            write docs/reference/grpc.md
python scripts/grpc_reference.py --check    say whether it is up to date (0) or not (1)
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from visavis.domain.errors import VisavisError
from visavis.rpc.routes import ROUTES, Route
from visavis.wire.errors import status

ROOT = Path(__file__).parent.parent
CONTRACT = ROOT / "visavis" / "wire" / "proto" / "visavis.proto"
TARGET = ROOT / "docs" / "reference" / "grpc.md"
INTRO = """<!-- Written by scripts/grpc_reference.py; change the program or the contract instead. -->

# The gRPC API

The same use cases, permissions and errors as REST `/v1`, for gateways and services. It listens on port 8421
(`server.grpc_port`; 0 turns it off) with the certificate of the REST API, and requires client certificates where that
does (`server.tls_client_ca`). The contract with all messages is
[visavis.proto](../../visavis/wire/proto/visavis.proto); in Python it is `visavis.wire.proto.visavis_pb2` and
`visavis_pb2_grpc`. Reflection is on, so `grpcurl -plaintext HOST:8421 list` shows it, too. The standard health service
says `SERVING` as long as `/v1/ready` does; it needs no key.

- **Authentication**: the metadata `authorization: Bearer vv_…` or `x-api-key: vv_…`. A caller who is not let in is
  refused before its request is read. Rate limits are those of REST; on a stream every capture counts.
- **Size**: a request has at most `server.max_body_bytes`.
- **Identifier**: every answer carries `x-request-id`, which finds the call in the server's logs; a caller may choose it
  (a UUID).
- **Repeating**: what failed with `visavis-retryable: true` may be sent again. A capture that carries a `reference` is
  logged once, however often it is sent; a photo is enrolled once; erasing twice answers `NOT_FOUND`. `Submit` makes a
  job every time, but the events of captures with a reference stay single.
- **Stopping**: a server that is told to stop takes no new calls, finishes what it has for `server.drain_s` seconds, and
  ends streams with `UNAVAILABLE` (`draining`) after it has answered what it took.

## Methods

| method | needs | what it does |
|---|---|---|
"""
ERRORS = """
## Errors

The message of the status says what happened. Trailing metadata say more:

| key | what it is |
|---|---|
| `visavis-code` | stable name of the error, such as `no_face` |
| `visavis-hint-bin` | what to do next, UTF-8 |
| `visavis-reasons` | finer codes, separated by commas, such as `too_dark` |
| `visavis-retryable` | `true` or `false`: whether the same call may work later |
| `visavis-retry-after-ms` | after how many milliseconds, where that is known |

A status without `visavis-code` comes from gRPC itself: `RESOURCE_EXHAUSTED` for a request that is too large or too
many calls at once, `UNIMPLEMENTED` for a method that this version does not have, `DEADLINE_EXCEEDED`, `CANCELLED`,
`UNAVAILABLE` where there is no connection. A stream that the server ends while the caller is writing may reach callers
in Python as `INTERNAL`, without metadata: connect again, and the next answer says why.

| status | code | what it is |
|---|---|---|
"""


def page() -> str:
    """docs/reference/grpc.md."""
    comments = dict(_comments(CONTRACT.read_text()))
    methods = "".join(_method(route, comments[route.method.name]) for route in ROUTES.values())
    return INTRO + methods + ERRORS + "".join(_errors())


def _method(route: Route, comment: str) -> str:
    needs = ", ".join(f"`{permission}`" for permission in route.permissions)
    name = f"`{route.method.containing_service.name}.{route.method.name}`"
    name += " ⇄" if route.method.client_streaming else " ↦" if route.method.server_streaming else ""
    return f"| {name} | {needs} | {comment} |\n"


def _comments(contract: str) -> Iterator[tuple[str, str]]:
    """The comment above each method, without the sentence about permissions that has a column of its own."""
    for found in re.finditer(r"((?:^  //.*\n)+)  rpc (\w+)\(", contract, re.MULTILINE):
        text = " ".join(line.strip().removeprefix("//").strip() for line in found[1].splitlines())
        text = re.sub(r" Needs (the permission )?[a-z:]+( and [a-z:]+)?\.$", "", text)
        yield found[2], re.sub(r" Needs [a-z]+; templates, too", " Needs `templates`, too", text)


def _errors() -> Iterator[str]:
    rows = {(status(kind).grpc, kind().code, kind().message) for kind in _leaves(VisavisError)}
    for code, name, message in sorted(rows):
        yield f"| `{code}` | `{name}` | {message} |\n"


def _leaves(kind: type[VisavisError]) -> Iterator[type[VisavisError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for one in below:
        yield from _leaves(one)


def main() -> int:
    text = page()
    if "--check" in sys.argv:
        if TARGET.read_text() == text:
            return 0
        print(
            f"{TARGET.relative_to(ROOT)} is not up to date: run python scripts/grpc_reference.py",
            file=sys.stderr,
        )
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
