"""The kiosk's device: what it is given, and what it may do with it."""

from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from tests.console.conftest import URL, Desk
from visavis.domain.access import Permission, Role
from visavis.domain.account import ApiKey
from visavis.domain.camera import Direction

pytestmark = pytest.mark.anyio

WANTED = {"name": "reception", "gallery": "staff"}
PICTURE = {"Content-Type": "image/jpeg"}
LOOK = "/kiosk/identify?width=640&height=480"


async def made(desk: Desk, browser: httpx.AsyncClient, **more: object) -> Morsel[str]:
    """The cookie of a new kiosk."""
    platform = desk.service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    answer = await browser.post("/kiosk/set-up", json=WANTED | more)
    assert answer.status_code == 201, answer.text
    sent = [SimpleCookie(one) for one in answer.headers.get_list("set-cookie")]
    (cookie,) = (one["visavis_kiosk"] for one in sent if "visavis_kiosk" in one)
    return cookie


async def keys(desk: Desk) -> list[ApiKey]:
    found = await desk.service.service.entrance.doors.keys.page(desk.service.owner())
    return [one for one in found if one.name.startswith("kiosk ")]


async def test_the_device_is_signed_in_and_the_person_is_not(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        cookie = await made(desk, browser)
        assert cookie["httponly"]
        assert cookie["samesite"].lower() == "strict"
        assert cookie["path"] == "/kiosk"
        assert not cookie["secure"], "on this machine without TLS it has to work"
        assert (await browser.get("/people")).status_code == 303
        shown = await browser.get("/kiosk")
        assert "reception" in shown.text
        assert cookie.value not in shown.text
        assert "visavis_kiosk" in shown.headers["set-cookie"], "each visit renews it"


async def test_its_key_may_do_one_thing_in_one_gallery(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        cookie = await made(desk, browser)
    (key,) = await keys(desk)
    assert key.permissions == {Permission.DETECT, Permission.IDENTIFY}
    assert key.galleries == frozenset({"staff"})
    assert key.rate is not None
    assert "vv_" not in cookie.value, "the cookie is sealed"


async def test_over_tls_the_cookie_travels_over_tls_only(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        cookie = await made(desk, browser)
        headers = {"Cookie": f"visavis_kiosk={cookie.value}"}
        async with httpx.AsyncClient(
            transport=desk.transport, base_url="http://faces.example.org"
        ) as elsewhere:
            again = await elsewhere.get("/kiosk", headers=headers)
        assert "; secure" in again.headers["set-cookie"].lower(), "whoever ends TLS in front of it"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REVIEWER, Role.AUDITOR, Role.INTEGRATOR])
async def test_only_who_manages_keys_sets_one_up(desk: Desk, role: Role) -> None:
    async with desk.browser(role) as browser:
        assert (await browser.get("/kiosk/set-up")).status_code == 403
        answer = await browser.post("/kiosk/set-up", json=WANTED)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        assert "set-cookie" not in answer.headers


async def test_other_sites_cannot_set_one_up(desk: Desk) -> None:
    platform = desk.service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    async with desk.browser(Role.OWNER) as browser:
        assert (await browser.post("/kiosk/set-up", data=WANTED)).status_code == 415
        del browser.headers["X-CSRF-Token"]
        assert (await browser.post("/kiosk/set-up", json=WANTED)).status_code == 403
    assert not await keys(desk)


@pytest.mark.parametrize("wrong", [{"name": "a b"}, {"name": ""}, {"more": 1}, {"direction": "up"}])
async def test_what_is_not_understood_is_said(desk: Desk, wrong: dict[str, object]) -> None:
    async with desk.browser(Role.OWNER) as browser:
        answer = await browser.post("/kiosk/set-up", json=WANTED | wrong)
        assert answer.status_code == 422
        assert answer.json()["code"] == "value_invalid"
        assert next(iter(wrong)) in answer.json()["detail"]


async def test_a_name_is_taken_once(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        await made(desk, browser)
    async with desk.browser(Role.ADMINISTRATOR) as other:
        answer = await other.post("/kiosk/set-up", json=WANTED)
        assert answer.status_code == 409
        assert (await other.get("/people")).status_code == 200, "she is still signed in"


async def test_at_a_door_it_becomes_one_of_its_cameras(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        platform = desk.service.platform()
        await platform.create("staff", pack=platform.models.pack("standard"))
        door = {"gallery": "staff", "area": "house", "cameras": [{"name": "cam-1"}], "unlock_s": 7}
        assert (await browser.put("/v1/doors/front", json=door)).status_code == 200
        plan = {"zone": "Europe/Berlin", "late_s": 60}
        assert (await browser.put("/v1/galleries/staff/attendance/plan", json=plan)).status_code == 200
        answer = await browser.post("/kiosk/set-up", json=WANTED | {"door": "front", "direction": "exit"})
        assert answer.status_code == 201, answer.text
    (key,) = await keys(desk)
    assert Permission.PASSAGES_READ in key.permissions
    view = await platform.doors.get("front")
    assert {one.name: one.direction for one in view.door.cameras} == {
        "cam-1": None,
        "reception": Direction.EXIT,
    }
    assert (view.door.area, view.door.unlock_s) == ("house", 7), "the rest stays as it was"


async def test_a_stranger_gets_nothing_from_it(desk: Desk) -> None:
    async with desk.browser() as stranger:
        assert "no kiosk yet" in (await stranger.get("/kiosk")).text
        assert (await stranger.get("/kiosk/set-up")).status_code == 303
        answer = await stranger.post(LOOK, content=b"jpeg", headers=PICTURE)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        stranger.cookies.set("visavis_kiosk", "forged", path="/kiosk")
        assert "no kiosk yet" in (await stranger.get("/kiosk")).text
        assert (await stranger.post(LOOK, content=b"jpeg", headers=PICTURE)).status_code == 401


async def test_it_takes_pictures_only_and_no_large_ones(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        await made(desk, browser)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = await browser.post(LOOK, content=b"x", headers={"Content-Type": kind})
            assert answer.status_code == 415
        large = await browser.post(LOOK, content=b"x" * (8 * 2**20 + 1), headers=PICTURE)
        assert large.json()["code"] == "request_too_large"
        for query in ("width=0&height=480", "width=640", "width=x&height=2"):
            assert (
                await browser.post(f"/kiosk/identify?{query}", content=b"x", headers=PICTURE)
            ).status_code == 422


async def test_a_revoked_key_ends_it(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        await made(desk, browser)
        broken = await browser.post(LOOK, content=b"no picture", headers=PICTURE)
        assert broken.status_code == 422, "the key is known, the picture is none"
        (key,) = await keys(desk)
        entrance = desk.service.service.entrance
        await entrance.doors.keys.revoke(desk.service.owner(), key.id)
        entrance.authenticate.forget()
        assert (await browser.post(LOOK, content=b"jpeg", headers=PICTURE)).status_code == 401


async def test_kiosks_are_listed_until_they_are_switched_off(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        await made(desk, browser)
    async with desk.browser(Role.ADMINISTRATOR) as other:
        assert "reception" in (await other.get("/kiosk/set-up")).text
        (key,) = await keys(desk)
        assert (await other.delete(f"/v1/api-keys/{key.id}")).status_code == 200
        assert "None yet." in (await other.get("/kiosk/set-up")).text


async def test_a_greeting_is_text(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as browser:
        await made(desk, browser, greeting='"><b>Hi')
        page = (await browser.get(f"{URL}/kiosk")).text
        assert "<b>Hi" not in page
        assert "&#34;&gt;&lt;b&gt;Hi" in page
