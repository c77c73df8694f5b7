"""The capture widget: one thing, once, on one site."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from visavis.bootstrap.console import ConsoleConfig
from visavis.console.app import create_app
from visavis.console.seal import Seal
from visavis.console.widgets import Grant, Operation, Wish
from visavis.domain.errors import NotAuthenticated

pytestmark = pytest.mark.anyio

SECRET = b"0123456789abcdef0123456789abcdef"
SITE = "https://shop.example.org"
KEY = "vv_the-key-of-the-site"
WISH: dict[str, object] = {
    "operation": "verify",
    "gallery": "customers",
    "subject": "Ada",
    "origin": SITE,
}
ENROLLED = {"gallery": "customers", "subject": "Ada", "subject_id": "1", "enrolled": 3, "photos": []}


@dataclass
class Api:
    """What stands behind the console; it is asked with the key of the site."""

    permissions: tuple[str, ...] = ("detect", "verify", "enrol")
    galleries: tuple[str, ...] | None = None
    status: int = 201
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return httpx.Response(401, json={"code": "not_authenticated", "title": "no", "detail": "no"})
        if request.url.path == "/v1/me":
            me = {
                "kind": "key",
                "id": "1",
                "tenant": "1",
                "permissions": self.permissions,
                "galleries": self.galleries,
            }
            return httpx.Response(200, json=me)
        if request.url.path == "/v1/detect":
            return httpx.Response(200, json={"pack": "standard", "faces": []})
        if self.status >= 400:
            return httpx.Response(self.status, json={"code": "quality_too_low", "detail": "Too dark."})
        return httpx.Response(self.status, json=ENROLLED)


@asynccontextmanager
async def console(api: Api, *origins: str) -> AsyncIterator[httpx.AsyncClient]:
    config = ConsoleConfig(api_url="http://127.0.0.1:8420", secret=SECRET, widget_origins=origins)
    app = create_app(config, transport=httpx.MockTransport(api))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8422") as browser,
    ):
        yield browser


async def begun(browser: httpx.AsyncClient, key: str = KEY, **more: object) -> httpx.Response:
    return await browser.post(
        "/widget/sessions", json=WISH | more, headers={"Authorization": f"Bearer {key}"}
    )


async def test_only_named_sites_may_show_it_and_nothing_else() -> None:
    async with console(Api(), SITE, "https://two.example.org") as browser:
        policy = (await browser.get("/widget")).headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors {SITE} https://two.example.org")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in (await browser.get("/kiosk")).headers["content-security-policy"]
    async with console(Api()) as browser:
        policy = (await browser.get("/widget")).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'none'"), "nobody, unless the settings say so"


async def test_the_token_tells_the_site_nothing() -> None:
    async with console(Api(), SITE) as browser:
        answer = await begun(browser)
        assert answer.status_code == 201
        token = answer.json()["token"]
        assert answer.json()["path"] == f"/widget#{token}"
        assert KEY not in answer.text
        headers = {"X-Visavis-Widget": token}
        session = (await browser.post("/widget/session", headers=headers)).json()
        assert session == {"operation": "verify", "origin": SITE, "challenge": "none", "part": "probe"}


@pytest.mark.parametrize(
    ("api", "more", "status"),
    [
        (Api(), {"origin": "https://evil.example.org"}, 403),
        (Api(permissions=("detect",)), {}, 403),
        (Api(permissions=("verify",)), {}, 403),
        (Api(galleries=("staff",)), {}, 403),
        (Api(), {"subject": ""}, 422),
        (Api(), {"operation": "erase"}, 422),
        (Api(), {"minutes": 31}, 422),
        (Api(), {"key": "vv_other"}, 401),
    ],
)
async def test_a_key_gives_no_more_than_it_has(api: Api, more: dict[str, object], status: int) -> None:
    async with console(api, SITE) as browser:
        key = str(more.pop("key", KEY))
        assert (await begun(browser, key, **more)).status_code == status


async def test_the_result_is_asked_with_the_key_once() -> None:
    api = Api()
    async with console(api, SITE) as browser:
        headers = {"X-Visavis-Widget": (await begun(browser, operation="enrol")).json()["token"]}
        for _ in range(2):
            answer = await browser.post(
                "/widget/result", files={"image": ("a.jpg", b"jpeg")}, headers=headers
            )
            assert answer.json() == {"subject_id": "1", "enrolled": 3}, "no more than a page needs"
        first, second = [one for one in api.asked if one.url.path.endswith("/enrol")]
    assert first.url.path == "/v1/galleries/customers/enrol"
    assert first.url.params["subject"] == "Ada"
    nonces = {one.headers["idempotency-key"] for one in (first, second)}
    assert len(nonces) == 1, "the API does it once"


async def test_a_refusal_is_told_and_can_be_tried_again() -> None:
    async with console(Api(status=422), SITE) as browser:
        headers = {"X-Visavis-Widget": (await begun(browser, operation="enrol")).json()["token"]}
        answer = await browser.post("/widget/result", files={"image": ("a.jpg", b"jpeg")}, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (422, "Too dark.")


async def test_pictures_for_the_site_go_nowhere_else() -> None:
    api = Api(permissions=("detect",))
    async with console(api, SITE) as browser:
        headers = {"X-Visavis-Widget": (await begun(browser, operation="picture")).json()["token"]}
        look = await browser.post(
            "/widget/look", content=b"jpeg", headers=headers | {"Content-Type": "image/jpeg"}
        )
        assert look.json() == {"faces": []}
        answer = await browser.post("/widget/result", files={"image": ("a.jpg", b"jpeg")}, headers=headers)
        assert answer.status_code == 403
    assert {one.url.path for one in api.asked} == {"/v1/me", "/v1/detect"}


async def test_forged_and_old_tokens_are_refused() -> None:
    async with console(Api(), SITE) as browser:
        token = (await begun(browser)).json()["token"]
        for forged in ("", "x", token[:-2], token + "A", token[:20] + "AAAA" + token[24:]):
            answer = await browser.post("/widget/session", headers={"X-Visavis-Widget": forged})
            assert answer.status_code == 401, forged
    wish = Wish.model_validate(WISH)
    now = datetime.now(UTC)
    old = Grant(wish=wish, key=KEY, nonce="1", expires_at=now - timedelta(seconds=1)).sealed(Seal(SECRET))
    with pytest.raises(NotAuthenticated):
        Grant.unsealed(Seal(SECRET), old, now)
    assert KEY not in repr(Grant(wish=wish, key=KEY, nonce="1", expires_at=now))


def test_what_is_sealed_for_one_thing_is_not_taken_for_another() -> None:
    seal = Seal(SECRET)
    letters = seal.close("widget", json.dumps({"operation": Operation.VERIFY}))
    assert json.loads(seal.open("widget", letters)) == {"operation": "verify"}
    for purpose, other in (("kiosk", seal), ("widget", Seal(b"x" * 32))):
        with pytest.raises(NotAuthenticated):
            other.open(purpose, letters)
    with pytest.raises(NotAuthenticated):
        seal.open("widget", "é")
    assert seal.close("widget", "a") != seal.close("widget", "a")
