"""Model packs that a device gets from its server: sound, signed, continued where they broke off, or not at all."""

from pathlib import Path

import anyio.to_thread
import pytest

from tests.api.outposts import Device, enrolled
from tests.api.serving import Served
from visavis.bootstrap.models import Models
from visavis.domain.errors import DigestMismatch, KeyUnavailable, ModelDown, ModelNotFound
from visavis.edge.packs import PackSupply
from visavis.settings import ModelSettings, Settings
from visavis.wire.v1.agent_files import PackManifest

pytestmark = [pytest.mark.anyio, pytest.mark.models]


def supply_of(device: Device, folder: Path) -> PackSupply:
    """Of a device that reaches nothing but its server."""
    models = Models(Settings(models=ModelSettings(directory=folder, offline=True)))
    return PackSupply(models=models, server=device.bridge, identity=device.identity)


async def test_a_pack_comes_from_the_server_and_can_be_run(recognising: Served, tmp_path: Path) -> None:
    device = await enrolled(recognising, tmp_path)
    supply = supply_of(device, tmp_path / "models")
    asked: list[int] = []
    whole = device.bridge.pack_part

    def broken(name: str, sha256: str, start: int, size: int) -> bytes:
        asked.append(start)
        if len(asked) == 2:
            raise ModelDown
        return whole(name, sha256, start, min(size, 100_000))

    device.bridge.pack_part = broken  # type: ignore[method-assign]
    with pytest.raises(ModelDown):
        await anyio.to_thread.run_sync(supply.provide, "light")
    assert not supply.models.store.is_installed(supply.models.pack("light"))
    device.bridge.pack_part = whole  # type: ignore[method-assign]
    await anyio.to_thread.run_sync(supply.provide, "light")
    analyser = await anyio.to_thread.run_sync(supply.models.analyser, supply.models.pack("light"))
    assert analyser.model == recognising.platform().models.pack("light").embedder.model
    assert not list((tmp_path / "models" / "arriving").iterdir())
    asked_before = len(asked)
    await anyio.to_thread.run_sync(supply.provide, "light")
    assert len(asked) == asked_before


async def test_what_the_server_did_not_sign_or_describe_is_not_taken(
    recognising: Served, tmp_path: Path
) -> None:
    device = await enrolled(recognising, tmp_path)
    supply = supply_of(device, tmp_path / "models")
    signed, whole = device.bridge.pack, device.bridge.pack_part

    def forged(name: str) -> PackManifest:
        note = signed(name).contents
        return PackManifest(contents=note.model_copy(update={"text": note.text.replace("yunet", "other")}))

    device.bridge.pack = forged  # type: ignore[method-assign]
    with pytest.raises(KeyUnavailable):
        await anyio.to_thread.run_sync(supply.provide, "light")
    device.bridge.pack = lambda name: signed("standard")  # type: ignore[method-assign]
    with pytest.raises(KeyUnavailable):
        await anyio.to_thread.run_sync(supply.provide, "light")
    device.bridge.pack = signed  # type: ignore[method-assign]
    device.bridge.pack_part = lambda *where: bytes(len(whole(*where)))  # type: ignore[method-assign]
    with pytest.raises(DigestMismatch):
        await anyio.to_thread.run_sync(supply.provide, "light")
    assert not supply.models.store.is_installed(supply.models.pack("light"))


async def test_a_pack_that_nobody_has_is_not_found(recognising: Served, tmp_path: Path) -> None:
    device = await enrolled(recognising, tmp_path)
    with pytest.raises(ModelNotFound):
        await anyio.to_thread.run_sync(supply_of(device, tmp_path / "models").provide, "nobodys")
