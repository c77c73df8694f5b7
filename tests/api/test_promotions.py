"""The default model pack over REST: the gate as at the command line, and the way back."""

import uuid

import pytest

from tests.api.serving import Served
from tests.contract.test_model_registry import PROMOTED
from visavis.adapters.onnx.gates import read_gate
from visavis.application.gate import judge
from visavis.domain.subject import TenantId

pytestmark = pytest.mark.anyio


async def test_the_gate_of_the_server_says_what_a_pack_fails(service: Served) -> None:
    async with service.client(await service.key()) as client:
        found = (await client.get("/v1/models/light/gate")).json()
        assert found["against"] == "standard"
        asked = [one["code"] for one in found["criteria"]]
        candidate = service.platform().registry._candidate(service.platform().models.pack("light"), None)
        assert asked[: len(judge(candidate, read_gate()))] == [
            one.code for one in judge(candidate, read_gate())
        ]
        refused = await client.post("/v1/models/light/promote")
        if not found["passed"]:
            assert refused.json()["code"] == "gate_failed"
            missed = {one["code"] for one in found["criteria"] if not one["passed"]}
            assert set(refused.json()["reasons"]) == missed
        assert (await client.get("/v1/models/none/gate")).json()["code"] == "model_not_found"


async def test_going_back_is_always_possible_and_audited(service: Served) -> None:
    models = service.platform().models
    async with service.client(await service.key()) as client:
        nothing = await client.post("/v1/models/promotions/rollback")
        assert nothing.status_code == 422, "nothing is promoted"
        models.promotions.append(PROMOTED, after=models.promotions.read())
        before = (await client.get("/v1/models/promotions")).json()
        assert before["promoted"] == PROMOTED.pack
        done = (await client.post("/v1/models/promotions/rollback")).json()
        assert done["entry"]["change"] == "rolled_back"
        assert done["default"] == models.builtin_default
        after = (await client.get("/v1/models/promotions")).json()
        assert after["promoted"] is None
        assert [one["change"] for one in after["entries"]] == ["rolled_back", "promoted"]
        entries = (await client.get("/v1/audit")).json()["entries"]
        assert [one["details"]["change"] for one in entries if one["action"] == "model.changed"] == [
            "rolled_back"
        ]


async def test_other_tenants_and_limited_callers_change_no_default(service: Served) -> None:
    other = TenantId(uuid.uuid4())
    await service.add_tenant(other)
    platform = service.platform()
    await platform.create("guests", pack=platform.models.pack("standard"))
    keys = [await service.key(tenant=other), await service.key(galleries=frozenset({"guests"}))]
    for key in keys:
        async with service.client(key) as client:
            assert (await client.post("/v1/models/promotions/rollback")).status_code == 403
            assert (await client.post("/v1/models/light/promote")).status_code == 403


async def test_cards_and_calibrations_are_there_to_be_drawn(service: Served) -> None:
    async with service.client(await service.key()) as client:
        cards = (await client.get("/v1/models/standard/cards")).json()["cards"]
        assert any(one["kind"] == "fnmr" for one in cards[0]["rates"])
        found = (await client.get("/v1/models/standard/calibrations")).json()["calibrations"]
        points = found[0]["points"]
        assert points == sorted(points, key=lambda one: one["score"])
        assert points[0]["fmr"] > points[-1]["fmr"]
