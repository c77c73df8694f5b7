"""Who an agent is to its server: made once with a one-time token, kept in the state directory."""

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from visavis.bootstrap.boxes import new_pair
from visavis.client.synchronous import Client
from visavis.domain.errors import AlreadyExists, FileUnreadable, KeyUnavailable, NotAuthenticated
from visavis.edge.platform import client_of
from visavis.edge.private_files import read_private, write_private
from visavis.wire.edge import ServerConfig

IDENTITY: Final = "identity.json"
API_KEY: Final = "api-key"
_TOKEN_PREFIX: Final = "va_"  # noqa: S105  # what every token begins with
_KEY_BYTES: Final = 32

Connect = Callable[[ServerConfig], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`signing_key` is the server's, pinned when the agent enrolled; `sealing_secret` opens what the server sealed for
    this device; `disk_key` encrypts what lies here. Each has 32 bytes."""

    agent_id: str
    name: str
    server: str
    signing_key: bytes
    sealing_secret: bytes = field(repr=False)
    disk_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if any(len(key) != _KEY_BYTES for key in (self.signing_key, self.sealing_secret, self.disk_key)):
            raise KeyUnavailable("A key of the agent has not the length that it should have.")


def enrol(token: str, server: ServerConfig, folder: Path, *, connect: Connect | None = None) -> Identity:
    """Uses the token up. Raises `NotAuthenticated` for one that is unknown, used or expired, `AlreadyExists` if there
    is an agent in this directory already, `ServerUnreachable`, `FileUnreadable`."""
    if not token.startswith(_TOKEN_PREFIX):
        raise NotAuthenticated("This is no token for agents.", hint="Make one: visavis agents invite NAME")
    if (folder / IDENTITY).exists():
        raise AlreadyExists(
            f"An agent is enrolled in {folder} already.",
            hint="Name another state directory, or remove its identity.json and api-key.",
        )
    _require_room(folder)
    secret, public = new_pair()
    with (connect or _without_key)(server) as client:
        answer = client.outposts.enrol(token, base64.b64encode(public).decode())
    identity = Identity(
        agent_id=answer.agent_id,
        name=answer.name,
        server=server.url,
        signing_key=base64.b64decode(answer.signing_key),
        sealing_secret=secret,
        disk_key=secrets.token_bytes(_KEY_BYTES),
    )
    write_private(folder / API_KEY, answer.key.encode())
    write_private(folder / IDENTITY, _written(identity))
    return identity


def identity_in(folder: Path) -> Identity | None:
    """`None` where no agent was enrolled. Raises `FileUnreadable`, also for a file that others may read."""
    content = read_private(folder / IDENTITY)
    if content is None:
        return None
    try:
        known = json.loads(content)
        return Identity(
            agent_id=str(known["agent_id"]),
            name=str(known["name"]),
            server=str(known["server"]),
            signing_key=base64.b64decode(known["signing_key"], validate=True),
            sealing_secret=base64.b64decode(known["sealing_secret"], validate=True),
            disk_key=base64.b64decode(known["disk_key"], validate=True),
        )
    except (ValueError, KeyError, TypeError, binascii.Error, KeyUnavailable) as error:
        raise FileUnreadable(
            f"The file {folder / IDENTITY} is damaged.", hint="Remove it and enrol the agent anew."
        ) from error


def _require_room(folder: Path) -> None:
    """Before the token is used up: could the answer be kept at all? Raises `FileUnreadable`."""
    trial = folder / ".trial"
    write_private(trial, bytes(4096))
    trial.unlink()


def _without_key(server: ServerConfig) -> Client:
    return client_of(server, "")


def _written(identity: Identity) -> bytes:
    keys = {name: getattr(identity, name) for name in ("signing_key", "sealing_secret", "disk_key")}
    known = {"agent_id": identity.agent_id, "name": identity.name, "server": identity.server}
    return json.dumps(known | {name: base64.b64encode(key).decode() for name, key in keys.items()}).encode()
