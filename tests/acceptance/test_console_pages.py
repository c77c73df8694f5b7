"""Every place of the console in a real browser: nothing that shuts somebody out, no complaint, nothing wider than its
window, and nothing asked elsewhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.acceptance.browser import CHROMIUM
from tests.acceptance.conftest import free_port
from tests.api.serving import served
from tests.api.test_events import log
from tests.api.test_sessions import invited
from tests.console.conftest import PASSWORD
from tests.console.odds import ODDS
from tests.unit.adapters.oidc.identity_provider import CLIENT, ISSUER, SECRET, Provider
from visavis.adapters.oidc.provider import OidcClient, OidcProvider
from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app
from visavis.console.assets import Assets
from visavis.console.navigation import groups
from visavis.domain.access import ROLES, Role
from visavis.settings import load_settings

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

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
async def serving(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """Its address."""
    with socket.create_server(("127.0.0.1", port)) as listener:
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


@asynccontextmanager
async def with_a_provider(provider: Provider) -> AsyncIterator[str]:
    """The address of a console whose users may sign in with an identity provider, and become operators by that."""
    port = free_port()
    settings = load_settings(
        console={"public_url": f"http://127.0.0.1:{port}/"},
        oidc={"create_users": True, "default_role": "operator"},
    )
    asked = OidcProvider(
        OidcClient(issuer=ISSUER, client_id=CLIENT, client_secret=SECRET),
        provider.http,
        now=lambda: provider.time,
    )
    async with (
        served(settings=settings, provider=asked) as service,
        serving(service.app) as api,
        serving(create_app(ConsoleConfig(api_url=api)), port) as url,
    ):
        platform = service.platform()
        await platform.create("staff", pack=platform.models.pack("standard"))
        yield url


async def test_the_organisation_lets_somebody_in_up_to_the_overview() -> None:
    provider = Provider()

    async def agree(route: "Route") -> None:
        """The provider's page: Ada agrees, or does not."""
        asked = dict(parse_qsl(urlsplit(route.request.url).query))
        code, state = provider.authorize(route.request.url)
        back = asked["redirect_uri"]
        links = [("agree", {"code": code, "state": state}), ("refuse", {"error": "denied", "state": state})]
        body = "".join(f'<a id="{name}" href="{back}?{urlencode(query)}">{name}</a>' for name, query in links)
        await route.fulfill(content_type="text/html", body=body)

    async with with_a_provider(provider) as url, playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        await context.route(f"{ISSUER}/**", agree)
        page = await context.new_page()
        await page.goto(url)
        assert "/sign-in" in page.url
        await page.click("#with-provider")
        await page.click("#refuse")
        assert await page.inner_text("h1") == "You are not signed in"
        assert "did not let this user in" in await page.inner_text("main")
        await page.click("main a")
        await page.click("#with-provider")
        await page.click("#agree")
        await page.wait_for_url(f"{url}/")
        assert await page.inner_text(".account .who") == "ada"
        assert await page.locator("#places a[href='/people']").count() == 1
        assert await page.locator("#places a[href='/settings/users']").count() == 0
        await page.go_back()
        await page.goto(f"{url}/people")
        assert page.url == f"{url}/people"
        await browser.close()


async def test_scripts_say_odds_as_the_server_does() -> None:
    words = Assets.read().by_path["js/words.js"].content.decode()
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        said = await page.evaluate(
            """async ([script, rates]) => {
                const { odds } = await import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
                return [...rates, undefined].map(odds);
            }""",
            [words, [rate for rate, _ in ODDS]],
        )
        await browser.close()
    assert said == [*(text for _, text in ODDS), "–"]


def _far(asked: str, url: str) -> bool:
    return not asked.startswith((url, "blob:", "data:"))


async def _findings(page: "Page") -> list[str]:
    found = (await axe.Axe().run(page)).response["violations"]
    said = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in GRAVE]
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return said + ([f"{wider} px wider than the window"] if wider > 0 else [])
