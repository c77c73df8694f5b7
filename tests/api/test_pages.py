"""Pages, and updates made on an old view."""

import base64

import pytest

from tests.api.serving import Served

pytestmark = pytest.mark.anyio


async def test_pages_are_complete_and_in_order(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        names = [f"s{number:02}" for number in range(25)]
        for name in reversed(names):
            await client.post("/v1/subjects", json={"name": name, "gallery": "staff"})
        found: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            params = {"limit": "7", **({"cursor": cursor} if cursor else {})}
            page = (await client.get("/v1/subjects", params=params)).json()
            found += [one["name"] for one in page["subjects"]]
            cursor = page["next_cursor"]
        assert (found, cursor) == (names, None)


@pytest.mark.parametrize(
    "path", ["subjects", "users", "api-keys", "consents", "receipts", "events", "audit", "jobs"]
)
async def test_a_cursor_that_was_tampered_with(service: Served, path: str) -> None:
    forged = [b"2:x", b"x", b"\xff", b""]
    if path not in ("subjects", "users"):
        forged += [b"1:x", b"1:-1", b"1:99999999999999999999"]
    async with service.client(await service.key()) as client:
        for text in ("%%%", "ä", *(base64.urlsafe_b64encode(one).decode() or "=" for one in forged)):
            answer = await client.get(f"/v1/{path}", params={"cursor": text})
            assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid"), text
        for limit in (0, -1, 1001, "x"):
            assert (await client.get(f"/v1/{path}", params={"limit": limit})).status_code == 422


async def test_the_audit_log_is_searched_page_by_page(service: Served) -> None:
    async with service.client(await service.key()) as client:
        for name in ("a", "b", "c"):
            await client.post("/v1/galleries", json={"name": name})
        entries = (await client.get("/v1/audit", params={"action": "gallery.created"})).json()["entries"]
        sequences, first = [one["sequence"] for one in entries], entries[-1]
        assert len(sequences) == 3
        assert sequences == sorted(sequences, reverse=True)
        found: list[int] = []
        cursor: str | None = None
        for _ in range(3):
            params = {"action": "gallery", "limit": "1", **({"cursor": cursor} if cursor else {})}
            page = (await client.get("/v1/audit", params=params)).json()
            found += [one["sequence"] for one in page["entries"]]
            cursor = page["next_cursor"]
        assert (found, cursor) == (sequences, None)
        after = {"action": "gallery", "after": str(first["sequence"])}
        following = (await client.get("/v1/audit", params=after)).json()["entries"]
        assert [one["sequence"] for one in following] == sequences[1::-1]
        for params, expected in (
            ({"target": first["target"]}, [first]),
            ({"target": first["target"].partition(":")[2], "actor": "key:"}, [first]),
            ({"target": first["target"], "actor": "user:"}, []),
            ({"action": "gallery", "actor": first["actor"], "until": first["at"]}, []),
            ({"action": "gallery", "since": first["at"]}, entries),
        ):
            answer = (await client.get("/v1/audit", params=params)).json()
            assert answer["entries"] == expected, params
        for wrong in (
            {"action": "dancing"},
            {"since": "today"},
            {"actor": "\x00"},
            {"until": "0001-01-01T00:00:00Z"},
        ):
            answer = await client.get("/v1/audit", params=wrong)
            assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid"), wrong


async def test_an_update_of_an_old_view_is_refused(service: Served) -> None:
    async with service.client(await service.key()) as client:
        tag = (await client.post("/v1/galleries", json={"name": "staff"})).headers["etag"]
        path = "/v1/galleries/staff/policy"
        assert (await client.get("/v1/galleries/staff")).headers["etag"] == tag
        changed = await client.patch(path, json={"fmr": 1e-3}, headers={"If-Match": tag})
        assert (changed.status_code, changed.json()["policy"]["fmr"]) == (200, 1e-3)
        stale = await client.patch(path, json={"fmr": 1e-2}, headers={"If-Match": tag})
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        assert (await client.get("/v1/galleries/staff")).json()["policy"]["fmr"] == 1e-3
        several = f'"other", W/{changed.headers["etag"]}'
        assert (
            await client.patch(path, json={"fmr": 1e-2}, headers={"If-Match": several})
        ).status_code == 200
        assert (await client.patch(path, json={"fmr": 1e-4}, headers={"If-Match": "*"})).status_code == 200


async def test_renaming_a_subject(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        made = await client.post("/v1/subjects", json={"name": "ada", "gallery": "staff"})
        await client.post("/v1/subjects", json={"name": "bob", "gallery": "staff"})
        path, tag = f"/v1/subjects/{made.json()['id']}", made.headers["etag"]
        assert (await client.patch(path, json={"name": "bob"})).status_code == 409
        assert (await client.patch(path, json={"name": "eve"}, headers={"If-Match": tag})).status_code == 200
        assert (await client.patch(path, json={"name": "ada"}, headers={"If-Match": tag})).status_code == 412
        assert (await client.get(path)).json()["name"] == "eve"
