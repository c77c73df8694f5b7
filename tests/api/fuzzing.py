"""An application that schemathesis can call, with a caller who is never locked out and pictures that mean something."""

import base64
import io
import zipfile
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.api.serving import Served, served
from visavis.bootstrap.models import Models
from visavis.bootstrap.server import Credentials
from visavis.domain.errors import AccessError
from visavis.domain.subject import DEFAULT_TENANT

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STAND_IN = "Bearer somebody"
"""What requests carry; it is replaced by a key that works."""


@dataclass(slots=True)
class Fuzzed:
    """Opens the service on the event loop that it is called on, and lets `STAND_IN` in as a caller who may do all.

    What is sent at random revokes keys and suspends tenants, which would make everything after it a 401.
    """

    models: Models
    one: Served | None = None
    key: str = ""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self.one is not None
        scope["client"] = ["127.0.0.1", 50000]
        headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        if (b"authorization", STAND_IN.encode()) in scope["headers"]:
            headers.append((b"authorization", f"Bearer {await self._key(self.one)}".encode()))
            scope["headers"] = headers
        await self.one.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        async with served(self.models) as self.one:
            await _fill(self.one)
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _key(self, one: Served) -> str:
        try:
            await one.service.authenticate(Credentials(bearer=self.key))
        except AccessError:
            await one.resume()
            self.key = await one.key()
        return self.key


async def _fill(one: Served) -> None:
    platform = one.platform()
    for name in ("staff", "guests"):
        await platform.create(name, pack=platform.models.pack("standard"))


def register(portraits: Path) -> None:
    """Bodies and parts that are pictures: mostly faces, some cut off, some anything at all."""
    faces = [(portraits / name).read_bytes() for name in ("obama.jpg", "obama2.jpg", "biden.jpg")]
    import schemathesis

    pictures = st.sampled_from([*faces, faces[0][:5000], b""]) | st.binary(max_size=100)
    schemathesis.openapi.format("binary", pictures)
    schemathesis.openapi.format("byte", pictures.map(lambda one: base64.b64encode(one).decode()))
    for kind in ("image/jpeg", "image/png", "application/octet-stream"):
        schemathesis.openapi.media_type(kind, pictures)
