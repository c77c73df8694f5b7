"""The console over an API in this process: no sockets, a browser that keeps cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from tests.api.serving import Served, served
from tests.api.test_sessions import invited
from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app
from visavis.domain.access import Role
from visavis.domain.gallery import Gallery

URL = "http://127.0.0.1:8422"
PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True)
class Desk:
    """The console, and what is behind it."""

    service: Served
    transport: httpx.ASGITransport

    @asynccontextmanager
    async def browser(self, role: Role | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Signed in with this role; `None`: a stranger's."""
        async with httpx.AsyncClient(transport=self.transport, base_url=URL) as client:
            if role is not None:
                token = await invited(self.service, f"{role.value}@example.org", role)
                given = {"token": token, "password": PASSWORD}
                answer = await client.post("/v1/auth/one-time", json=given)
                assert answer.status_code == 200
                client.headers["X-CSRF-Token"] = answer.json()["csrf"]
                client.cookies.set("visavis_later", "1")  # or an empty installation leads to the first steps
            yield client

    async def staff(self) -> Gallery:
        """A gallery of this name."""
        platform = self.service.platform()
        return await platform.create("staff", pack=platform.models.pack("standard"))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with served() as service:
        api = httpx.ASGITransport(service.app, raise_app_exceptions=False)
        app = create_app(ConsoleConfig(api_url="http://127.0.0.1:8420"), transport=api)
        async with app.router.lifespan_context(app):
            yield Desk(service, httpx.ASGITransport(app))
