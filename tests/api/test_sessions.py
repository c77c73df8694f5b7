"""Signing in with a browser: links, cookies, CSRF, lock-out, sessions."""

from http.cookies import SimpleCookie

import httpx
import pytest

from tests.api.serving import Served
from visavis.domain.access import Role

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"  # noqa: S105


async def invited(service: Served, login: str = "ada@example.org", role: Role = Role.OWNER) -> str:
    issued = await service.service.entrance.doors.users.add(service.owner(), login, role)
    return issued.token


async def signed_in(service: Served, client: httpx.AsyncClient, role: Role = Role.OWNER) -> str:
    """The CSRF token of a new session, whose cookie is in the client."""
    token = await invited(service, role=role)
    answer = await client.post("/v1/auth/one-time", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 200
    csrf: str = answer.json()["csrf"]
    return csrf


async def test_a_one_time_link_works_once(service: Served) -> None:
    token = await invited(service)
    async with service.client() as client:
        wanted = {"token": token, "password": PASSWORD}
        for _ in range(2):
            whose = await client.post("/v1/auth/one-time/whose", json={"token": token})
            assert (whose.json()["login"], whose.json()["signs_in_with"]) == (
                "ada@example.org",
                "nothing yet",
            )
        weak = await client.post("/v1/auth/one-time", json=wanted | {"password": "short"})
        assert weak.status_code == 422
        assert "short" not in weak.text
        assert (await client.post("/v1/auth/one-time", json=wanted)).status_code == 200
        assert (await client.post("/v1/auth/one-time", json=wanted)).status_code == 401
        assert (await client.post("/v1/auth/one-time/whose", json={"token": token})).status_code == 401


async def test_the_cookie_is_kept_from_scripts_and_other_sites(service: Served) -> None:
    async with service.client() as client:
        token = await invited(service)
        answer = await client.post("/v1/auth/one-time", json={"token": token, "password": PASSWORD})
        (sent,) = answer.headers.get_list("set-cookie")
        (cookie,) = SimpleCookie(sent).values()
        assert cookie["httponly"]
        assert cookie["samesite"].lower() in ("lax", "strict")
        assert cookie["path"] == "/"
        assert cookie.value not in answer.text


async def test_writes_of_a_session_carry_its_csrf_token(service: Served) -> None:
    async with service.client() as client:
        csrf = await signed_in(service, client)
        assert (await client.get("/v1/me")).json()["kind"] == "user"
        for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf[:-1] + "~"}):
            answer = await client.post("/v1/galleries", json={"name": "staff"}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        answer = await client.post("/v1/galleries", json={"name": "staff"}, headers={"X-CSRF-Token": csrf})
        assert answer.status_code == 201


async def test_signing_out_ends_the_session(service: Served) -> None:
    async with service.client() as client:
        csrf = await signed_in(service, client)
        cookies = dict(client.cookies)
        assert (await client.post("/v1/auth/sign-out", headers={"X-CSRF-Token": csrf})).status_code == 204
        assert not client.cookies
    async with service.client() as again:
        again.cookies.update(cookies)
        assert (await again.get("/v1/me")).status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(service: Served) -> None:
    async with service.client() as one, service.client() as other:
        csrf = await signed_in(service, one)
        await other.post("/v1/auth/sign-in", json={"login": "ada@example.org", "password": PASSWORD})
        found = (await one.get("/v1/me/sessions")).json()["sessions"]
        assert {session["method"] for session in found} == {"link", "password"}
        wanted = next(session["id"] for session in found if session["method"] == "password")
        ended = await one.delete(f"/v1/me/sessions/{wanted}", headers={"X-CSRF-Token": csrf})
        assert ended.status_code == 204
        assert (await other.get("/v1/me")).status_code == 401
        assert (await one.get("/v1/me")).status_code == 200


async def test_a_changed_password_ends_other_sessions(service: Served) -> None:
    async with service.client() as one, service.client() as other:
        csrf = await signed_in(service, one)
        await other.post("/v1/auth/sign-in", json={"login": "ada@example.org", "password": PASSWORD})
        headers = {"X-CSRF-Token": csrf}
        wrong = {"present": "nonsense", "wanted": "another long password"}
        assert (await one.post("/v1/me/password", json=wrong, headers=headers)).status_code in (401, 403, 422)
        right = {"present": PASSWORD, "wanted": "another long password"}
        assert (await one.post("/v1/me/password", json=right, headers=headers)).status_code == 204
        assert (await one.get("/v1/me")).status_code == 200
        assert (await other.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("login", ["ada@example.org", "nobody@example.org"])
async def test_after_some_failures_one_has_to_wait(service: Served, login: str) -> None:
    async with service.client() as client:
        await signed_in(service, client)
        answers = [
            await client.post("/v1/auth/sign-in", json={"login": login, "password": "wrong password"})
            for _ in range(8)
        ]
        assert [one.status_code for one in answers[:4]] == [401] * 4
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert len({one.json()["detail"] for one in answers if one.status_code == 401}) == 1
        right = await client.post("/v1/auth/sign-in", json={"login": login, "password": PASSWORD})
        assert right.status_code == 429


async def test_a_key_has_no_session(service: Served) -> None:
    async with service.client(await service.key()) as client:
        for path in ("/v1/auth/sign-out", "/v1/me/sessions"):
            verb = "GET" if path.endswith("sessions") else "POST"
            assert (await client.request(verb, path)).status_code == 403


async def test_without_a_provider_there_is_no_detour(service: Served) -> None:
    async with service.client() as client:
        for path in ("/v1/auth/oidc", "/v1/auth/oidc/callback"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "path_not_found")
