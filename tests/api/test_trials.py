"""A pack on trial, end to end: classic is the candidate of a gallery with standard."""

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import Served
from visavis.adapters.system.clock import SystemClock
from visavis.application.jobs.reembed import Reembed
from visavis.domain.audit import Action
from visavis.domain.job import JobId
from visavis.domain.subject import DEFAULT_TENANT
from visavis.domain.trial import TrialLimits

pytestmark = [pytest.mark.anyio, pytest.mark.models]
TRIAL = "/v1/galleries/staff/trial"


async def a_gallery(client: httpx.AsyncClient, *, keep: str) -> None:
    asked = {"name": "staff", "pack": "standard", "policy": {"keep": keep}}
    assert (await client.post("/v1/galleries", json=asked)).status_code == 201


async def enrol(client: httpx.AsyncClient, portraits: Path, name: str) -> None:
    picture = (portraits / f"{name}.jpg").read_bytes()
    made = await client.post(
        "/v1/galleries/staff/enrol",
        params={"subject": name.title()},
        files={"image": ("a.jpg", picture)},
    )
    assert made.status_code == 201, made.text


async def identified(client: httpx.AsyncClient, portraits: Path, name: str) -> dict[str, Any]:
    picture = (portraits / f"{name}.jpg").read_bytes()
    answer = await client.post("/v1/galleries/staff/identify", files={"image": ("a.jpg", picture)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def actions(served: Served) -> list[Action]:
    async with served.store.transaction(DEFAULT_TENANT) as work:
        return [one.record.action for one in await work.audit.page(limit=1000)]


async def test_a_candidate_in_shadow_as_canary_and_in_force(recognising: Served, portraits: Path) -> None:
    desk = recognising.service.installation.trials
    desk.enabled = True
    async with recognising.client(await recognising.key()) as client:
        await a_gallery(client, keep="photo")
        assert (await client.get(TRIAL)).json()["code"] == "trial_not_found"
        await enrol(client, portraits, "obama")
        canary = {"pack": "classic", "state": "canary", "share": 0.5}
        assert (await client.put(TRIAL, json=canary)).json()["code"] == "precondition_failed"
        started = await client.put(TRIAL, json={"pack": "classic"})
        assert started.status_code == 200, started.text
        assert started.json()["references"] == {"total": 1, "ready": 0, "waiting": 1, "failed": 0}
        assert (await client.put(TRIAL, json=canary)).status_code == 412  # its templates are not there yet
        assert await recognising.platform().make_trial_templates() == 1

        first = await identified(client, portraits, "obama2")
        assert (first["pack"], first["faces"][0]["decision"]["outcome"]) == ("standard", "match")
        await identified(client, portraits, "biden")
        await desk.drained()
        state = (await client.get(TRIAL)).json()
        assert state["references"]["ready"] == 1
        assert {one["agreement"]: one["faces"] for one in state["shadow"]["counts"]} == {
            "same": 1,
            "other_subject": 0,
            "only_in_force": 0,
            "only_candidate": 0,
            "neither": 1,
        }
        assert state["shadow"]["agreeing"] == 1.0
        assert state["shadow"]["candidate"]["median_ms"] > 0
        assert state["shadow"]["in_force"]["median_ms"] > 0

        await enrol(client, portraits, "biden")  # later: the candidate does not know him yet
        second = await identified(client, portraits, "biden")
        await desk.drained()
        state = (await client.get(TRIAL)).json()
        (only,) = state["disagreements"]
        assert (only["event_id"], only["agreement"]) == (second["event_ids"][0], "only_in_force")
        assert await recognising.platform().make_trial_templates() == 1

        assert (await client.put(TRIAL, json=canary)).status_code == 200
        packs = {(await identified(client, portraits, "obama2"))["pack"] for _ in range(24)}
        assert packs == {"standard", "classic"}
        await desk.drained()
        state = (await client.get(TRIAL)).json()
        assert state["canary"]["compared"] == 24
        assert state["canary"]["disagreed"] == 0

        job = await client.post(f"{TRIAL}/promote", json={})
        assert job.status_code == 202
        await reembedded(recognising, job.json()["id"])
        assert (await client.get("/v1/galleries/staff")).json()["pack"] == "classic"
        assert (await client.get(TRIAL)).status_code == 404
        last = await identified(client, portraits, "biden")
        assert (last["pack"], last["faces"][0]["subject"]) == ("classic", "Biden")
    noted = await actions(recognising)
    assert [noted.count(one) for one in (Action.TRIAL_STARTED, Action.TRIAL_CHANGED)] == [1, 1]
    assert noted.count(Action.TRIAL_STOPPED) == 1


async def reembedded(served: Served, job_id: str) -> None:
    platform = served.platform()
    handler = Reembed(
        store=served.store,
        tenant=DEFAULT_TENANT,
        others=platform.other_model,
        clock=SystemClock(),
        ledger=platform.ledger,
    )
    async with served.store.transaction(DEFAULT_TENANT) as work:
        job = await work.jobs.get(JobId(uuid.UUID(job_id)))
        items = await work.jobs.items(job.id)
    await handler(job, items)
    assert await handler.finish(job)


async def test_a_canary_that_disagrees_goes_back_to_shadow(recognising: Served, portraits: Path) -> None:
    desk = recognising.service.installation.trials
    desk.enabled = True
    async with recognising.client(await recognising.key()) as client:
        await a_gallery(client, keep="nothing")
        await enrol(client, portraits, "obama")
        await client.put(TRIAL, json={"pack": "classic"})
        await recognising.platform().make_trial_templates()
        state = (await client.get(TRIAL)).json()
        assert state["incomparable"] == [{"subject": "Obama", "fault": "no_picture"}]
        limits = {"disagreements": 0.1, "least": 3, "latency_factor": 1000}
        canary = {"pack": "classic", "state": "canary", "share": 0.0001, "limits": limits}
        assert (await client.put(TRIAL, json=canary)).status_code == 412
        assert (await client.put(TRIAL, json={**canary, "allow_missing": True})).status_code == 200
        for _ in range(3):
            await identified(client, portraits, "obama2")
        await desk.drained()
        state = (await client.get(TRIAL)).json()
        assert (state["state"], state["notice"]) == ("shadow", "disagreements: 3 of 3 comparisons")
        assert (await client.delete(TRIAL)).json() == {"gallery": "staff", "pack": "classic"}
        assert (await client.get("/v1/trials")).json() == {"trials": []}
    assert (await actions(recognising)).count(Action.TRIAL_ROLLED_BACK) == 1


async def test_a_canary_that_another_process_stopped_decides_nothing(
    recognising: Served, portraits: Path
) -> None:
    desk = recognising.service.installation.trials
    desk.enabled, desk.now = True, lambda: 0.0  # what was known stays fresh
    async with recognising.client(await recognising.key()) as client:
        await a_gallery(client, keep="photo")
        await enrol(client, portraits, "obama")
        await client.put(TRIAL, json={"pack": "classic"})
        await recognising.platform().make_trial_templates()
        await client.put(TRIAL, json={"pack": "classic", "state": "canary", "share": 0.5})
        while (await identified(client, portraits, "obama2"))["pack"] != "classic":
            pass
        await desk.drained()
        gallery = await recognising.platform().gallery("staff")
        trial = (await recognising.platform().trials.get(gallery)).trial
        async with recognising.store.transaction(DEFAULT_TENANT) as work:
            assert await work.trials.remove(gallery.id)
        for _ in range(12):
            desk.learn((DEFAULT_TENANT, gallery.id), trial)  # as long as it has not looked again
            found = await identified(client, portraits, "obama2")
            assert (found["pack"], found["faces"][0]["subject"]) == ("standard", "Obama")
        await desk.drained()


async def test_only_those_who_may(service: Served) -> None:
    assert TrialLimits().least == 50
    async with service.client(await service.key(galleries=frozenset({"other"}))) as client:
        await service.platform().create("staff", pack=service.platform().models.pack("standard"))
        assert (await client.get(TRIAL)).status_code == 403
        assert (await client.put(TRIAL, json={"pack": "classic"})).status_code == 403
