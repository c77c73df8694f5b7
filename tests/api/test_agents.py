"""Agents from the outside: let in once, configured, heard of, revoked; and what none of them may do."""

import asyncio
import base64
import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.api.outposts import client_of, enrolled
from tests.api.serving import Served
from visavis.bootstrap.boxes import new_pair
from visavis.domain.access import Permission, local_principal
from visavis.domain.agent import AgentId, Configuration, ConfigurationSummary
from visavis.domain.audit import Action
from visavis.domain.errors import (
    AgentNotFound,
    NotAuthenticated,
    NotPermitted,
    PreconditionFailed,
    ValueInvalid,
)
from visavis.edge.instructed import instructions_of
from visavis.wire.edge import CameraConfig, ReaderKind, Workload
from visavis.wire.v1.agents import AgentState

pytestmark = pytest.mark.anyio

ADDRESS = "rtsp://camera:geheim@192.0.2.10:554/stream?token=verysecret&channel=1"
MASKED = "rtsp://***@192.0.2.10:554/stream?token=***&channel=1"


def public_key() -> str:
    return base64.b64encode(new_pair()[1]).decode()


def workload(pack: str = "standard", address: str = ADDRESS, gallery: str = "default") -> Workload:
    camera = CameraConfig(id="door-1", reader=ReaderKind.RTSP, address=address)
    return Workload(gallery=gallery, pack=pack, cameras=(camera,))


async def actions(service: Served) -> list[tuple[Action, str, object]]:
    entries = await service.platform().audit.page(limit=100)
    return [(one.record.action, one.record.target, one.record.details.get("reason")) for one in entries]


async def test_a_token_lets_one_device_in_once(service: Served) -> None:
    async with client_of(service, await service.key()) as admin:
        issued = await admin.agents.invite("gate", galleries=("staff",))
    async with client_of(service, "") as anybody:
        answer = await anybody.outposts.enrol(issued.token, public_key())
        with pytest.raises(NotAuthenticated, match="used"):
            await anybody.outposts.enrol(issued.token, public_key())
        with pytest.raises(NotAuthenticated):
            await anybody.outposts.enrol("va_guessed", public_key())
    async with client_of(service, answer.key) as agent:
        me = await agent.me()
        assert set(me.permissions) == {Permission.TRACKS_REPORT, Permission.GALLERIES_READ}
        assert tuple(me.galleries or ()) == ("staff",)
        with pytest.raises(NotPermitted):
            await agent.agents.get(answer.agent_id)
    seen = await actions(service)
    assert (Action.ACCESS_REFUSED, f"invitation:{issued.id}", "used") in seen
    assert (Action.AGENT_ENROLLED, f"agent:{answer.agent_id}", None) in seen


async def test_nobody_lets_in_what_may_do_more_than_itself(service: Served) -> None:
    limited = await service.key(frozenset(Permission), galleries=frozenset({"staff"}))
    async with client_of(service, limited) as client:
        assert (await client.agents.invite("gate")).galleries == ("staff",)
        with pytest.raises(NotPermitted):
            await client.agents.invite("other", galleries=("guests",))
    poor = await service.key(frozenset({Permission.CAMERAS_MANAGE}))
    async with client_of(service, poor) as client:
        with pytest.raises(NotPermitted):
            await client.agents.invite("third")


async def test_what_was_invited_falls_with_whoever_invited(service: Served) -> None:
    inviter = await service.key()
    async with client_of(service, inviter) as client:
        issued = await client.agents.invite("gate")
    async with client_of(service, await service.key()) as other:
        mine = next(
            one for one in [one async for one in other.api_keys.list()] if inviter.startswith(one.label)
        )
        await other.api_keys.revoke(mine.id)
    async with client_of(service, "") as anybody:
        with pytest.raises(NotAuthenticated):
            await anybody.outposts.enrol(issued.token, public_key())
    assert (Action.ACCESS_REFUSED, f"invitation:{issued.id}", "inviter") in await actions(service)


async def test_trying_tokens_is_slowed_down_as_signing_in_is(service: Served) -> None:
    async with service.client() as anybody:
        body = {"token": "va_x", "sealing_key": public_key()}
        statuses = {(await anybody.post("/v1/agents/enrol", json=body)).status_code for _ in range(100)}
    assert statuses == {401, 429}


async def test_passwords_of_cameras_are_shown_to_the_agent_alone(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    async with client_of(service, await service.key()) as admin:
        shown = await admin.agents.configure(device.identity.agent_id, workload())
        assert shown.workload is not None
        assert [camera.address for camera in shown.workload.cameras] == [MASKED]
        again = await admin.agents.configure(device.identity.agent_id, workload("light", MASKED))
        assert (again.desired, [one.version for one in again.versions]) == (2, [2, 1])
        other = CameraConfig(id="new", reader=ReaderKind.RTSP, address=MASKED)
        with pytest.raises(ValueInvalid, match="masked"):
            await admin.agents.configure(device.identity.agent_id, Workload(cameras=(other,)))
    answer = await device.bridge.client.outposts.configuration()
    assert answer.configuration is not None
    told = instructions_of(answer.configuration, device.identity)
    assert (told.version, told.workload) == (2, workload("light"))
    assert (await device.bridge.client.outposts.configuration(2)).configuration is None
    audit = await service.platform().audit.page(limit=100)
    assert "geheim" not in str([entry.record for entry in audit])


async def test_an_earlier_configuration_comes_back_as_a_new_version(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    agent_id = device.identity.agent_id
    async with client_of(service, await service.key()) as admin:
        for pack in ("standard", "light", "classic"):
            await admin.agents.configure(agent_id, workload(pack))
        back = await admin.agents.roll_back(agent_id)
        assert back.workload is not None
        assert (back.desired, back.workload.pack, back.versions[0].copy_of) == (4, "light", 2)
        first = await admin.agents.roll_back(agent_id, 1)
        assert first.workload is not None
        assert (first.desired, first.workload.pack) == (5, "standard")


async def test_what_somebody_else_configured_meanwhile_is_not_overwritten(
    service: Served, tmp_path: Path
) -> None:
    agent_id = (await enrolled(service, tmp_path)).identity.agent_id
    async with client_of(service, await service.key()) as admin:
        seen = await admin.agents.read(agent_id)
        assert (seen.value.desired, seen.etag) == (0, '"0"')
        await admin.agents.configure(agent_id, workload("light"), etag=seen.etag)
        for late in (
            admin.agents.configure(agent_id, workload("classic"), etag=seen.etag),
            admin.agents.roll_back(agent_id, 1, etag='"7"'),
        ):
            with pytest.raises(
                PreconditionFailed, match="Version 1 of the configuration was made"
            ) as refused:
                await late
            assert refused.value.hint
        kept = await admin.agents.read(agent_id)
        assert kept.value.workload is not None
        assert (kept.value.desired, kept.value.workload.pack) == (1, "light")
        assert (await admin.agents.configure(agent_id, workload("classic"), etag=kept.etag)).desired == 2
        assert (await admin.agents.roll_back(agent_id, 1, etag='W/"2", "9"')).desired == 3
        assert (await admin.agents.configure(agent_id, workload(), etag="*")).desired == 4
    async with service.client(await service.key()) as client:
        path = f"/v1/agents/{agent_id}/configuration"
        body = workload().model_dump(mode="json", by_alias=True)
        stale = await client.put(path, json=body, headers={"If-Match": '"3"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        changed = await client.put(path, json=body, headers={"If-Match": '"4"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"5"')


async def test_of_several_who_saw_the_same_version_one_saves(service: Served, tmp_path: Path) -> None:
    agent_id = AgentId(UUID((await enrolled(service, tmp_path)).identity.agent_id))
    platform = service.platform()
    results = await asyncio.gather(
        *(platform.configure_agent(agent_id, workload(), expected=0) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, PreconditionFailed) for one in results) == 4
    assert (await platform.fleet.get(agent_id)).desired == 1


async def test_an_agent_is_told_of_its_own_galleries_only(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path, galleries=("staff",))
    async with client_of(service, await service.key()) as admin:
        with pytest.raises(NotPermitted):
            await admin.agents.configure(device.identity.agent_id, workload(gallery="guests"))
    limited = await service.key(frozenset(Permission), galleries=frozenset({"guests"}))
    async with client_of(service, limited) as stranger:
        assert [one async for one in stranger.agents.list()] == []
        with pytest.raises(AgentNotFound):
            await stranger.agents.get(device.identity.agent_id)


async def test_two_who_configure_at_once_do_not_overwrite_each_other(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    agent_id = AgentId(UUID(device.identity.agent_id))
    now = device.clock.now()
    summary = ConfigurationSummary(version=1, created_at=now, created_by=local_principal("t").actor)
    async with service.store.transaction(service.owner().tenant) as work:
        await work.agents.configure(Configuration(agent_id=agent_id, summary=summary, workload="{}"))
    with pytest.raises(PreconditionFailed):
        async with service.store.transaction(service.owner().tenant) as work:
            await work.agents.configure(Configuration(agent_id=agent_id, summary=summary, workload="{}"))


async def test_health_is_seen_in_the_list_and_in_the_figures(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    await device.turn()
    async with client_of(service, await service.key()) as admin:
        (one,) = [one async for one in admin.agents.list()]
        assert one.state is AgentState.UP
        assert one.report is not None
        assert one.report.health.version == "0.1.0"
    async with service.client(await service.key()) as anybody:
        figures = (await anybody.get("/v1/metrics")).text
    assert 'visavis_agent_up{agent="gate"} 1' in figures
    assert 'visavis_agent_configured{agent="gate"} 1' in figures


async def test_a_revoked_agent_is_refused(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    async with client_of(service, await service.key()) as admin:
        await admin.agents.revoke(device.identity.agent_id)
        assert [one async for one in admin.agents.list()] == []
    with pytest.raises(NotAuthenticated):
        await device.bridge.client.outposts.configuration()


async def test_only_agents_are_agents(service: Served) -> None:
    async with client_of(service, await service.key()) as admin:
        with pytest.raises(AgentNotFound):
            await admin.outposts.configuration()


async def test_what_is_kept_of_a_workload_is_json(service: Served, tmp_path: Path) -> None:
    """A field that this version adds has a default, so that an older configuration stays readable."""
    device = await enrolled(service, tmp_path)
    async with client_of(service, await service.key()) as admin:
        await admin.agents.configure(device.identity.agent_id, workload())
    answer = await device.bridge.client.outposts.configuration()
    assert answer.configuration is not None
    document = json.loads(answer.configuration.text)
    assert document["workload"]["copy"]["every_s"] == 10.0
