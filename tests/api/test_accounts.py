"""Users, keys, tenants and models through HTTP."""

import uuid

import pytest

from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.account import Rate

pytestmark = pytest.mark.anyio


async def test_a_key_has_no_more_rights_than_its_maker(service: Served) -> None:
    async with service.client(
        await service.key(frozenset({Permission.KEYS_OWN, Permission.DETECT}))
    ) as client:
        made = await client.post("/v1/api-keys", json={"name": "x", "permissions": ["detect"]})
        assert made.status_code == 201
        assert made.json()["secret"] not in (await client.get("/v1/api-keys")).text
        more = await client.post("/v1/api-keys", json={"name": "y", "permissions": ["detect", "audit:read"]})
        assert (more.status_code, more.json()["code"]) == (403, "not_permitted")
        path = f"/v1/api-keys/{made.json()['key']['id']}"
        assert (await client.patch(path, json={"permissions": ["enrol"]})).status_code == 403
        assert (await client.patch(path, json={"name": "z"})).json()["name"] == "z"
        async with service.client(made.json()["secret"]) as other:
            assert (await other.get("/v1/me")).json()["permissions"] == ["detect"]
            assert (await client.delete(path)).json()["revoked_at"] is not None
            assert (await other.get("/v1/me")).status_code == 401


async def test_a_key_beyond_its_rate_has_to_wait(service: Served) -> None:
    async with service.client(await service.key(rate=Rate(per_minute=1, burst=2))) as client:
        answers = [await client.get("/v1/me") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 429, 429]
    assert answers[-1].json()["retryable"]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


async def test_users_come_and_go(service: Served) -> None:
    async with service.client(await service.key()) as client:
        wanted = {"login": "ada@example.org", "role": "operator"}
        made = await client.post("/v1/users", json=wanted)
        assert (made.status_code, made.json()["user"]["signs_in_with"]) == (201, "nothing yet")
        assert (await client.post("/v1/users", json=wanted)).json()["code"] == "already_exists"
        path = f"/v1/users/{made.json()['user']['id']}"
        assert (await client.patch(path, json={"role": "auditor"})).json()["role"] == "auditor"
        link = (await client.post(f"{path}/sign-in-link")).json()["token"]
        assert link != made.json()["sign_in"]["token"]
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["code"] == "account_not_found"
        assert (await client.post("/v1/users", json=wanted | {"role": "king"})).status_code == 422
        assert (await client.post("/v1/users", json=wanted | {"admin": True})).status_code == 422


async def test_tenants_are_made_suspended_and_removed(service: Served) -> None:
    async with service.client(await service.key()) as client:
        made = await client.post("/v1/tenants", json={"name": "branch", "owner": "o@example.net"})
        assert made.status_code == 201
        path = f"/v1/tenants/{made.json()['tenant']['id']}"
        assert (await client.delete(path)).status_code == 409
        assert (await client.put(path, json={"name": "branch", "suspended": True})).json()["suspended"]
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(f"/v1/tenants/{uuid.uuid4()}")).status_code == 404
        default = f"/v1/tenants/{uuid.UUID(int=0)}"
        assert (await client.put(default, json={"name": "x", "suspended": True})).status_code in (404, 409)


async def test_a_tenant_is_made_with_its_owner_or_not_at_all(service: Served) -> None:
    async with service.client(await service.key()) as client:
        await client.post("/v1/users", json={"login": "ada@example.org", "role": "operator"})
        wanted = {"name": "branch", "owner": "ada@example.org"}
        assert (await client.post("/v1/tenants", json=wanted)).json()["code"] == "already_exists"
        blank = await client.post("/v1/tenants", json=wanted | {"owner": "two words"})
        assert blank.status_code == 422
        again = await client.post("/v1/tenants", json=wanted | {"owner": "eve@example.org"})
        assert again.status_code == 201, "the first try has left nothing"


async def test_models_are_listed(service: Served) -> None:
    async with service.client(await service.key()) as client:
        names = [one["name"] for one in (await client.get("/v1/models")).json()["models"]]
        assert {"standard", "light"} <= set(names)
        standard = (await client.get("/v1/models/standard")).json()["pack"]
        assert (standard["name"], standard["default"], standard["promoted"]) == ("standard", True, False)
        assert standard["card"]["shipped"]
        assert (await client.get("/v1/models/none")).json()["code"] == "model_not_found"


async def test_health_and_readiness(service: Served) -> None:
    async with service.client() as client:
        assert (await client.get("/v1/health")).json()["status"] == "ok"
        assert (await client.get("/v1/ready")).status_code == 200
        service.problems["store"] = "It does not answer."
        answer = await client.get("/v1/ready")
        assert (answer.status_code, answer.json()["problems"]) == (503, {"store": "It does not answer."})
        assert answer.headers["retry-after"] == "1"
        assert (await client.get("/v1/health")).status_code == 200


async def test_a_measure_without_calibration_is_refused(service: Served) -> None:
    async with service.client(await service.key()) as client:
        wanted = {"name": "staff", "policy": {"measure": "euclidean"}}
        answer = await client.post("/v1/galleries", json=wanted)
        assert (answer.status_code, answer.json()["code"]) == (422, "calibration_missing")
