"""A managed device beside the application: it does what it is told, and keeps what works."""

from pathlib import Path

import pytest

from tests.api.outposts import Device, client_of, enrolled
from tests.api.serving import Served
from visavis.domain.errors import KeyUnavailable, NotPermitted, PreconditionFailed
from visavis.edge.instructed import progress_in
from visavis.wire.edge import Workload
from visavis.wire.v1.agents import AgentDetail, AgentInstructions

pytestmark = pytest.mark.anyio


async def configured(service: Served, device: Device, workload: Workload) -> AgentDetail:
    async with client_of(service, await service.key()) as admin:
        return await admin.agents.configure(device.identity.agent_id, workload)


async def shown(service: Served, device: Device) -> AgentDetail:
    async with client_of(service, await service.key()) as admin:
        return await admin.agents.get(device.identity.agent_id)


async def test_it_applies_what_it_is_told_and_goes_on_with_that_when_it_starts_again(
    service: Served, tmp_path: Path
) -> None:
    device = await enrolled(service, tmp_path)
    await configured(service, device, Workload(pack="light"))
    await device.turn()
    assert device.agent.workload.pack == "light"
    entry = await shown(service, device)
    assert (entry.desired, entry.applied, entry.failed) == (1, 1, 0)
    assert progress_in(tmp_path, device.identity).workload == Workload(pack="light")


async def test_what_fails_leaves_what_works_and_says_why_without_passwords(
    service: Served, tmp_path: Path
) -> None:
    device = await enrolled(service, tmp_path)
    await configured(service, device, Workload(pack="light"))
    await device.turn()
    await configured(service, device, Workload(pack="broken"))
    await device.turn()
    entry = await shown(service, device)
    assert (device.agent.workload.pack, entry.desired, entry.applied, entry.failed) == ("light", 2, 1, 2)
    assert entry.failure == "No model at rtsp://***@192.0.2.1/x"
    device.restart()
    assert device.management.progress.applied == 1
    async with client_of(service, await service.key()) as admin:
        await admin.agents.roll_back(entry.id)
    await device.turn()
    entry = await shown(service, device)
    assert (entry.desired, entry.applied, entry.failed) == (3, 3, 0)


async def test_a_configuration_that_the_process_did_not_survive_has_failed(
    service: Served, tmp_path: Path
) -> None:
    device = await enrolled(service, tmp_path)
    await configured(service, device, Workload(pack="light"))

    class Killed(BaseException):
        pass

    def die(workload: Workload) -> None:
        raise Killed

    device.agent.apply = die  # type: ignore[method-assign]  # a process that ends in the middle
    with pytest.raises(Killed):
        await device.turn()
    device.restart()
    assert (device.management.progress.applied, device.management.progress.failed) == (0, 1)


async def test_an_older_or_foreign_configuration_is_refused(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path / "one")
    other = await enrolled(service, tmp_path / "two", name="other")
    await configured(service, device, Workload(pack="light"))
    await configured(service, other, Workload(pack="classic"))
    first = await device.bridge.client.outposts.configuration()
    foreign = await other.bridge.client.outposts.configuration()
    await device.turn()
    await configured(service, device, Workload(pack="standard"))
    await device.turn()
    assert first.configuration is not None
    assert foreign.configuration is not None
    with pytest.raises(PreconditionFailed):
        device.management._consider(first.configuration)
    with pytest.raises(KeyUnavailable, match="another agent"):
        device.management._consider(foreign.configuration)
    forged = first.configuration.model_copy(
        update={"text": first.configuration.text.replace('"version":1', '"version":9')}
    )
    with pytest.raises(KeyUnavailable, match="not signed"):
        device.management._consider(forged)
    assert device.agent.workload.pack == "standard"


async def test_a_server_that_is_away_changes_nothing(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    await configured(service, device, Workload(pack="light"))
    await device.turn()

    def away(after: int = 0) -> AgentInstructions:
        raise NotPermitted

    device.bridge.configuration = away  # type: ignore[method-assign]
    await device.turn()
    assert device.agent.workload.pack == "light"


async def test_what_failed_is_tried_again_after_a_while(service: Served, tmp_path: Path) -> None:
    device = await enrolled(service, tmp_path)
    await configured(service, device, Workload(pack="broken"))
    await device.turn()
    device.agent.broken = ""
    await device.turn()
    assert device.management.progress.failed == 1
    device.clock.later(seconds=300)
    await device.turn()
    assert (device.management.progress.applied, device.management.progress.failed) == (1, 0)
    assert device.agent.workload.pack == "broken"
