"""Pages as a browser gets them, without a browser."""

import re
from html import unescape

import pytest

from tests.console.conftest import Desk
from tests.console.odds import ODDS
from tests.contract.making import a_subject
from visavis.console.render import rate
from visavis.domain.access import Role
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio

PAGES = (
    "/",
    "/log",
    "/people",
    "/enrol",
    "/live",
    "/search",
    "/log/corrections",
    "/search/recordings",
    "/review",
    "/review/decided",
    "/review/disagreed",
    "/enrol/many",
    "/enrol/gathered",
    "/enrol/unknowns",
    "/jobs",
    "/kiosk/set-up",
    "/cameras",
    "/cameras/new",
    "/cameras/agents",
    "/alerts",
    "/alerts/rules",
    "/alerts/rules/new",
    "/alerts/channels",
    "/alerts/deliveries",
    "/attendance",
    "/attendance/plan",
    "/access",
    "/access/new",
    "/access/schedules",
    "/access/schedule",
    "/visitors",
    "/galleries",
    "/models",
    "/models/standard",
    "/compliance",
    "/compliance/retention",
    "/compliance/erasures",
    "/compliance/audit",
    "/compliance/reports",
    "/compliance/exports",
    "/compliance/keys",
    "/settings/users",
    "/settings/keys",
    "/settings/webhooks",
    "/settings/sign-in",
    "/settings/account",
)


async def test_strangers_are_led_to_the_sign_in_and_back(desk: Desk) -> None:
    async with desk.browser() as stranger:
        for path in PAGES:
            answer = await stranger.get(path, params={"gallery": "a&b"})
            assert answer.status_code == 303
            assert (
                answer.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}%3Fgallery%3Da%2526b"
            )
        stranger.cookies.set("visavis_session", "vs_forged")
        assert (await stranger.get("/")).status_code == 303
        page = await stranger.get("/sign-in")
        assert page.status_code == 200


async def test_every_page_is_careful_and_asks_nobody_else(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        for path in (*PAGES, "/sign-in"):
            answer = await owner.get(path)
            assert answer.status_code == 200, path
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"<(script|style)(?![^>]*src=)[^>]*>", answer.text), "nothing is inline"
            assert not re.search(r'\s(on\w+|style)="', answer.text)
            for address in re.findall(r'(?:href|src|action)="([^"]*)"', answer.text):
                assert address.startswith(("/", "#")), address
                if address.startswith("/static/"):
                    asset = await owner.get(address.split("#")[0])
                    assert asset.status_code == 200, address
                    assert "immutable" in asset.headers["cache-control"]


async def test_names_are_text_never_markup(desk: Desk) -> None:
    subject = a_subject('<script>alert("x")</script>')
    platform = desk.service.platform()
    gallery = await platform.create("staff", pack=platform.models.pack("standard"))
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.add(subject)
        await work.subjects.join(gallery.id, subject.id)
    async with desk.browser(Role.OWNER) as owner:
        for path in ("/people", f"/people/{subject.id}"):
            page = (await owner.get(path)).text
            assert "<script>alert" not in page
            assert subject.name in unescape(page)


async def test_a_role_sees_what_it_may(desk: Desk) -> None:
    subject = a_subject("Ada")
    platform = desk.service.platform()
    gallery = await platform.create("staff", pack=platform.models.pack("standard"))
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.add(subject)
        await work.subjects.join(gallery.id, subject.id)
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get(f"/people/{subject.id}")).text
        assert "Erase" not in page
        assert 'href="/log"' in page
    async with desk.browser(Role.OPERATOR) as operator:
        assert "Erase" in (await operator.get(f"/people/{subject.id}")).text


async def test_what_is_not_there_is_said_in_words(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        answer = await owner.get("/people/6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11")
        assert answer.status_code == 404
        assert "subject_not_found" in answer.text
        assert (await owner.get("/static/0/../app.py")).status_code == 404
        assert (await owner.get("/static/old/css/base.css")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/visitors/visits", 422, "not complete or not right: gallery"),
        ("GET", "/attendance/person?gallery=staff", 422, "not complete or not right: subject"),
        ("GET", "/poeple", 404, "There is no such page."),
        ("GET", "/people/anna", 422, "not complete or not right: subject_id"),
        ("POST", "/people", 405, "only to be looked at"),
    ],
)
async def test_an_address_that_was_cut_off_is_answered_with_a_page(
    desk: Desk, method: str, path: str, status: int, words: str
) -> None:
    async with desk.browser(Role.OWNER) as owner:
        answer = await owner.request(method, path)
    assert answer.status_code == status
    assert words in answer.text
    assert "Back to the overview" in answer.text


async def test_the_api_is_reached_in_the_same_session(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        answer = await owner.post("/v1/galleries", json={"name": "staff"})
        assert answer.status_code == 201
        del owner.headers["X-CSRF-Token"]
        assert (await owner.post("/v1/galleries", json={"name": "more"})).status_code == 403
        found = await owner.get("/v1/me")
        assert found.json()["login"] == "owner@example.org"
        assert f'content="{found.json()["csrf"]}"' in (await owner.get("/")).text
        assert "staff" in (await owner.get("/log")).text
    async with desk.browser() as stranger:
        assert (await stranger.get("/v1/galleries")).status_code == 401


async def test_odd_filters_are_no_errors(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        for query in (
            "outcome=none",
            "since=yesterday",
            "until=9999-12-31",
            "since=2026-03-02&until=2026-03-01",
        ):
            answer = await owner.get(f"/log?{query}")
            assert answer.status_code in (200, 422), query


def test_rates_are_odds_that_people_read() -> None:
    assert [(value, rate(value)) for value, _ in ODDS] == list(ODDS)
    assert rate(float("nan")) == "–"
