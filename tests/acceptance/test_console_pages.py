"""Every place of the console in a real browser: nothing that shuts somebody out, no complaint, nothing wider than its
window, and nothing asked elsewhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.acceptance.browser import CHROMIUM
from tests.api.serving import served
from tests.api.test_events import log
from tests.api.test_sessions import invited
from tests.console.conftest import PASSWORD
from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app
from visavis.console.navigation import groups
from visavis.domain.access import ROLES, Role

if TYPE_CHECKING:
    from playwright.async_api import Page

axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="judges the pages")
playwright = pytest.importorskip("playwright.async_api", reason="drives the browser")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
GRAVE = frozenset({"serious", "critical"})
PATIENCE_MS = 60_000


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        running = asyncio.create_task(server._serve([listener]))  # without taking over signals
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def a_console() -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """Its address, and the owner's cookies; behind it an API over a store in memory, with some lines in its log."""
    async with served() as service:
        platform = service.platform()
        await platform.create("staff", pack=platform.models.pack("standard"))
        await log(service, 6)
        async with serving(service.app) as api, serving(create_app(ConsoleConfig(api_url=api))) as url:
            token = await invited(service, "owner@example.org", Role.OWNER)
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                answer = await client.post("/v1/auth/one-time", json={"token": token, "password": PASSWORD})
                assert answer.status_code == 200
                cookies = [
                    {"name": name, "value": value, "url": url} for name, value in client.cookies.items()
                ]
            yield url, cookies


async def test_no_place_shuts_anybody_out() -> None:
    places = [place.path for place in chain.from_iterable(one.places for one in groups(ROLES[Role.OWNER]))]
    problems: list[str] = []
    async with a_console() as (url, cookies), playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies(cookies)
        page = await context.new_page()
        at = [""]
        page.on("pageerror", lambda error: problems.append(f"{at[0]}: {error}"))
        page.on(
            "request",
            lambda asked: problems.append(f"{at[0]}: asks {asked.url}") if _far(asked.url, url) else None,
        )
        for place in ["/sign-in", *places]:
            at[0] = place
            answer = await page.goto(url + place, wait_until="load")
            assert answer is not None
            assert answer.status == 200, place
            assert "/sign-in?" not in page.url, place
            problems += [f"{place}: {one}" for one in await _findings(page)]
        await browser.close()
    assert not problems, "\n".join(problems)


def _far(asked: str, url: str) -> bool:
    return not asked.startswith((url, "blob:", "data:"))


async def _findings(page: "Page") -> list[str]:
    found = (await axe.Axe().run(page)).response["violations"]
    said = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in GRAVE]
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return said + ([f"{wider} px wider than the window"] if wider > 0 else [])
