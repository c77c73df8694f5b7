"""Cameras over REST and the client: added, listed, moved, removed."""

import pytest

from tests.api.serving import Served
from visavis.domain.access import Role

pytestmark = pytest.mark.anyio
DOOR = {"name": "door-1", "site": "Head office", "zone": "Reception", "direction": "entry", "note": ""}


async def test_added_read_moved_and_removed(service: Served) -> None:
    async with service.client(await service.key()) as client:
        made = await client.post("/v1/cameras", json=DOOR)
        assert made.status_code == 201
        assert {key: made.json()[key] for key in DOOR} == DOOR
        assert (await client.post("/v1/cameras", json=DOOR)).json()["code"] == "already_exists"
        read = await client.get("/v1/cameras/door-1")
        assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
        tag = {"If-Match": read.headers["etag"]}
        moved = await client.patch("/v1/cameras/door-1", json={"zone": "Back"}, headers=tag)
        assert (moved.json()["site"], moved.json()["zone"]) == ("Head office", "Back")
        late = await client.patch("/v1/cameras/door-1", json={"zone": "Yard"}, headers=tag)
        assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
        assert (await client.delete("/v1/cameras/door-1")).status_code == 204
        assert (await client.get("/v1/cameras/door-1")).json()["code"] == "camera_not_found"
        assert (await client.delete("/v1/cameras/door-1")).status_code == 404
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions[:3] == ["camera.removed", "camera.changed", "camera.added"]


async def test_pages_by_name_and_place(service: Served) -> None:
    async with service.client(await service.key()) as client:
        for name, zone in (("b", "Hall"), ("a", "Hall"), ("c", "Yard")):
            await client.post("/v1/cameras", json={"name": name, "zone": zone})
        first = (await client.get("/v1/cameras", params={"limit": 2})).json()
        assert [one["name"] for one in first["cameras"]] == ["a", "b"]
        rest = (await client.get("/v1/cameras", params={"cursor": first["next_cursor"]})).json()
        assert ([one["name"] for one in rest["cameras"]], rest["next_cursor"]) == (["c"], None)
        yard = (await client.get("/v1/cameras", params={"zone": "Yard"})).json()
        assert [one["name"] for one in yard["cameras"]] == ["c"]


@pytest.mark.parametrize("name", ["", "door 1", "../door", "-door", "d" * 65])
async def test_a_name_is_fit_for_files_and_topics(service: Served, name: str) -> None:
    async with service.client(await service.key()) as client:
        assert (await client.post("/v1/cameras", json={"name": name})).status_code == 422


async def test_who_only_looks_cannot_move(service: Served) -> None:
    async with service.client(await service.key(Role.AUDITOR)) as client:
        assert (await client.post("/v1/cameras", json=DOOR)).status_code == 403
