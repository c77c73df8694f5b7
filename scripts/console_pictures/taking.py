"""Goes to every page that the console has, looks at it as people do, and says what is wrong with it.

Pages come from the console's own routes. One that shows a single thing (a person, an alert) is found by following
links; the first that fits a route stands for all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Error, Page
from starlette.routing import Route

from tests.acceptance.browser import Driven, first_sign_in
from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app

_GRAVE = frozenset({"serious", "critical"})
_SETTLED_MS = 600  #: for what a page's scripts still ask for
_NOT_PAGES = re.compile(r"^/(v1|static)\b|\.(js|css|svg|webmanifest)$")
_PARTS = re.compile(r"^/(access/latest$|log/lines/|widget$)|/card$|/download$|\.csv$")  #: no whole pages
_BEFORE = ("/sign-in", "/welcome")  #: seen before anybody has set anything up
_ASKING = ("/attendance/person", "/visitors/visits")  #: say nothing without the query of a link to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A kind of window."""

    name: str
    size: tuple[int, int]
    dark: bool = False


@dataclass(slots=True)
class Photographer:
    browser: Driven
    url: str
    target: Path
    only: str = "/"
    cookies: list[Any] = field(default_factory=list)

    def before_anybody(self, looks: Sequence[Look], token: str) -> list[str]:
        """The sign-in, and the first steps of the owner, who chooses her password on the way."""
        problems = []
        for look in looks:
            page = self.browser.page(look.size, dark=look.dark)
            problems += self._take(page, "/sign-in", look)
            problems += self._take(page, f"/sign-in?first#{token}", look, "sign_in_first")
            used = self._take(page, "/sign-in?used#vl_used", look, "sign_in_used")
            problems += [one for one in used if " 401 " not in one]  # that it is refused is what is shown
            page.context.close()
        page = self.browser.page()
        first_sign_in(page, self.url, token, "/welcome")
        self.cookies = page.context.cookies()
        page.context.close()
        return problems + [one for look in looks for one in self._with(look, ["/welcome"])]

    def everything(self, looks: Sequence[Look]) -> list[str]:
        """Every page in every kind of window."""
        paths = self.paths()
        problems = [one for look in looks for one in self._with(look, paths)]
        return problems + self.browser.complaints(self.url)

    def at_work(self, looks: Sequence[Look], photo: Path) -> list[str]:
        """What shows something only when it is used: a search for `photo`, and a kiosk, whose setting-up signs out."""
        problems = []
        for look in looks:
            page = self._page(look)
            page.goto(f"{self.url}/search")
            page.set_input_files("#file", str(photo))
            page.wait_for_selector("#results canvas, #results .candidate")
            page.wait_for_timeout(_SETTLED_MS)
            self.shoot(page, look, "search_result")
            problems += [f"/search ({look.name}): {one}" for one in findings(page)]
            page.context.close()
        page = self._page(looks[0])
        page.goto(f"{self.url}/kiosk/set-up")
        page.fill("#name", "reception")
        page.select_option("#gallery", "staff")
        page.click("#set-up button.main")
        page.wait_for_url(f"{self.url}/kiosk")
        self.cookies = page.context.cookies()
        page.context.close()
        for look in looks:
            page = self._page(look)
            page.goto(f"{self.url}/kiosk")
            page.wait_for_selector("body[data-state=known]")
            page.screenshot(path=self.target / f"kiosk_running_{look.name}.png")
            page.context.close()
        return problems

    def paths(self) -> list[str]:
        """One for each route, as far as links lead to it."""
        routes = page_routes()
        found = {
            route.path: route.path for route in routes if "{" not in route.path and route.path not in _ASKING
        }
        page = self._page(Look(name="", size=(1280, 720)))
        waiting, seen = list(found.values()), set(found.values())
        while waiting:
            for link in self._links(page, waiting.pop(0)):
                path = urlsplit(link).path
                fitting = next((one for one in routes if one.path_regex.match(path)), None)
                if fitting is not None and fitting.path not in found:
                    found[fitting.path] = link
                    if link not in seen:
                        seen.add(link)
                        waiting.append(link)
        page.context.close()
        for route in routes:
            if route.path not in found:
                print(f"no link leads to {route.path}")
        return [one for one in found.values() if one.startswith(self.only) and one not in _BEFORE]

    def _links(self, page: Page, path: str) -> list[str]:
        try:
            page.goto(self.url + path)
        except Error:  # a download
            return []
        found = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        own = [
            one.removeprefix(self.url).partition("#")[0] for one in found if one.startswith(self.url + "/")
        ]
        return [one if one.startswith(_ASKING) else urlsplit(one).path for one in own]

    def shoot(self, page: Page, look: Look, name: str) -> None:
        """In a window as high as the page, so that nothing that sticks to an edge covers its middle."""
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": look.size[0], "height": max(height, look.size[1])})
        page.screenshot(path=self.target / f"{name}_{look.name}.png", full_page=True)
        page.set_viewport_size({"width": look.size[0], "height": look.size[1]})

    def _with(self, look: Look, paths: Sequence[str]) -> list[str]:
        page = self._page(look)
        problems = [one for path in paths for one in self._take(page, path, look)]
        page.context.close()
        return problems

    def _page(self, look: Look) -> Page:
        context = self.browser.context(look.size, dark=look.dark)
        context.add_cookies(self.cookies)
        return context.new_page()

    def _take(self, page: Page, path: str, look: Look, name: str = "") -> list[str]:
        before = len(self.browser.problems)
        try:
            page.goto(self.url + path)
        except Error as error:
            return [] if "ERR_ABORTED" in str(error) else [f"{path}: {error.message}"]
        page.wait_for_timeout(_SETTLED_MS)
        if "/sign-in?next=" in page.url:
            return [f"{path}: leads to the sign-in"]
        self.shoot(page, look, name or _plain(path))
        said = self.browser.problems[before:]
        del self.browser.problems[before:]
        return [f"{path} ({look.name}): {one}" for one in [*said, *findings(page)]]


def _plain(path: str) -> str:
    """Of a file; what has no name of its own is `one` of its kind."""
    named = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", urlsplit(path).path)
    return re.sub(r"\W+", "_", named).strip("_") or "overview"


def page_routes() -> list[Route]:
    """What the console shows to people."""
    app = create_app(ConsoleConfig(api_url="http://127.0.0.1:1"))
    return [
        route
        for route in _flat(app.routes)
        if "GET" in (route.methods or ())
        and not _NOT_PAGES.search(route.path)
        and not _PARTS.search(route.path)
    ]


def _flat(routes: Sequence[Any]) -> list[Route]:
    """Of included routers, too, however this version of the framework keeps them."""
    found: list[Route] = []
    for one in routes:
        if isinstance(one, Route):
            found.append(one)
        else:
            inner = getattr(one, "original_router", one)
            found += _flat(getattr(inner, "routes", []))
    return found


def findings(page: Page) -> list[str]:
    """What stands in somebody's way: grave findings of axe, and a page that is wider than its window."""
    grave = [one for one in Axe().run(page).response["violations"] if one["impact"] in _GRAVE]
    said = [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}" for one in grave]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return said + ([f"{wider} px wider than the window"] if wider > 0 else [])
