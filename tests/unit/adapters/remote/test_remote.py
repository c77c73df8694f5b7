"""Models that run on another server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from tests.rekognition.photos import photo
from tests.unit.rpc.certificates import Authority
from tests.unit.rpc.serving import Bench, serving
from visavis.adapters.remote.inference import RemoteInference
from visavis.adapters.remote.server import RemoteAddress, RemoteServer
from visavis.application.ports.inference import Inference
from visavis.bootstrap.remote import Remotes
from visavis.domain.access import Permission
from visavis.domain.errors import (
    DependencyMissing,
    Draining,
    FailureToExtract,
    ImageUnreadable,
    ModelDown,
    ModelMismatch,
    ModelNotFound,
    Overloaded,
    SettingsInvalid,
    StoreDown,
    VisavisError,
)
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.domain.pack import Pack
from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import PROBE_GATE
from visavis.settings import ServingSettings, load_settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def remote(bench: Bench, *permissions: Permission, **changes: Any) -> AsyncIterator[RemoteInference]:
    """The server's configured pack from far away."""
    key = await bench.key(*(permissions or (Permission.INFERENCE,)))
    url = changes.pop("url", f"http://127.0.0.1:{bench.port}")
    server = RemoteServer(RemoteAddress(url=url, key=key, **changes))
    pack = bench.platform.models.pack()
    yield RemoteInference(server, pack.name, pack.embedder.model)
    await server.aclose()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with serving() as one:
        yield one


async def test_faces_and_templates_are_the_same_bit_by_bit(bench: Bench) -> None:
    picture = photo("ann", "bob", "cyd", bad=["bob"])
    here = await bench.inference.samples(picture, gate=PROBE_GATE)
    async with remote(bench) as away:
        there = await away.samples(picture, gate=PROBE_GATE)
        assert [type(one) for one in there] == [Sample, Rejection, Sample]
        for one, other in zip(here, there, strict=True):
            assert one.face.box == other.face.box
            assert one.face.score == other.face.score
            assert np.array_equal(one.face.landmarks, other.face.landmarks)
            assert one.quality == other.quality
        rejected = there[1]
        assert isinstance(rejected, Rejection)
        assert rejected.reasons == here[1].reasons  # type: ignore[union-attr]
        samples = [one for one in there if isinstance(one, Sample)]
        own = [one for one in here if isinstance(one, Sample)]
        assert all(np.array_equal(a.chip, b.chip) for a, b in zip(samples, own, strict=True))
        made = await away.templates(samples, flip=True)
        local = await bench.inference.templates(own, flip=True)
        assert [one.model for one in made] == [away.model] * 2
        for mine, theirs in zip(local, made, strict=True):
            assert np.array_equal(mine.vector, theirs.vector)
            assert (mine.norm, mine.quality) == (theirs.norm, theirs.quality)
        assert await away.templates([]) == []


async def test_frames_are_sent_as_pixels() -> None:
    seen: list[Frame] = []

    class Looking:
        def __init__(self, pack: Pack) -> None:
            self.model = pack.embedder.model

        async def samples(self, picture: bytes | Frame, *, gate: object) -> list[Sample | Rejection]:
            assert isinstance(picture, Frame)
            seen.append(picture)
            return []

        async def templates(self, *_: object, **__: object) -> list[Any]:
            return []

    pixels = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8)
    frame = Frame(pixels=pixels, original=Size(width=60, height=40))
    async with serving(make=Looking) as bench, remote(bench) as away:
        assert await away.samples(frame, gate=PROBE_GATE) == []
    assert np.array_equal(seen[0].pixels, pixels)
    assert (seen[0].original, seen[0].reduction) == (frame.original, 2.0)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ImageUnreadable("It ends too soon — really."), ImageUnreadable),
        (FailureToExtract(), FailureToExtract),
        (ModelDown(), ModelDown),
        (Draining(), Draining),
        (StoreDown(), StoreDown),
        (DependencyMissing(), ModelDown),
        (RuntimeError("a secret of the inside"), ModelDown),
    ],
)
async def test_what_the_other_server_raised_is_raised_here(
    bench: Bench, raised: Exception, told: type[VisavisError]
) -> None:
    bench.inference.error = raised
    async with remote(bench) as away:
        with pytest.raises(VisavisError) as error:
            await away.samples(photo("ann"), gate=PROBE_GATE)
    assert type(error.value) is told
    assert "inside" not in error.value.message
    if isinstance(raised, VisavisError) and type(raised) is told:
        assert (error.value.message, error.value.advice) == (raised.message, raised.advice)


async def test_overload_keeps_its_waiting_time(bench: Bench) -> None:
    bench.inference.error = Overloaded(retry_after_s=2.5)
    async with remote(bench) as away:
        with pytest.raises(Overloaded) as error:
            await away.samples(photo("ann"), gate=PROBE_GATE)
    assert error.value.retry_after_s == pytest.approx(2.5)


async def test_a_key_without_the_permission_is_not_the_callers_fault(bench: Bench) -> None:
    async with remote(bench, *(one for one in Permission if one is not Permission.INFERENCE)) as away:
        with pytest.raises(ModelDown) as error:
            await away.samples(photo("ann"), gate=PROBE_GATE)
    assert "remote_key" in error.value.advice


async def test_other_weights_under_the_same_name_are_refused(bench: Bench) -> None:
    async with remote(bench) as away:
        other = replace(away.model, digest="0" * 64)
        wrong = RemoteInference(away._server, "standard", other)
        with pytest.raises(ModelMismatch):
            await wrong.samples(photo("ann"), gate=PROBE_GATE)
        with pytest.raises(ModelMismatch):
            await wrong.templates(
                [one for one in await away.samples(photo("ann"), gate=PROBE_GATE) if isinstance(one, Sample)]
            )
        missing = RemoteInference(away._server, "none", away.model)
        with pytest.raises(ModelNotFound):
            await missing.samples(photo("ann"), gate=PROBE_GATE)


async def test_an_answer_has_a_deadline(bench: Bench) -> None:
    bench.inference.gate.clear()
    async with remote(bench, timeout_s=0.1) as away:
        with pytest.raises(ModelDown, match="in time"):
            await away.samples(photo("ann"), gate=PROBE_GATE)
    bench.inference.gate.set()


async def test_a_server_that_is_away_and_comes_back(bench: Bench) -> None:
    async with remote(bench, url="http://127.0.0.1:9") as away:
        with pytest.raises(ModelDown, match="cannot be reached"):
            await away.samples(photo("ann"), gate=PROBE_GATE)


async def test_mtls_between_servers(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair, own = authority.pair("server"), authority.pair("front")
    given = {"tls_certificate": pair.certificate, "tls_key": pair.key, "tls_client_ca": authority.path}
    async with serving(**given) as bench:
        url = f"https://127.0.0.1:{bench.port}"
        shown = {
            "authority": authority.path.read_bytes(),
            "certificate": own.certificate.read_bytes(),
            "certificate_key": own.key.read_bytes(),
        }
        async with remote(bench, url=url, **shown) as away:
            assert len(await away.samples(photo("ann"), gate=PROBE_GATE)) == 1
        async with remote(bench, url=url, authority=shown["authority"]) as away:
            with pytest.raises(ModelDown):
                await away.samples(photo("ann"), gate=PROBE_GATE)


@pytest.mark.parametrize("url", ["127.0.0.1:8421", "ftp://host", "http://"])
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        RemoteServer(RemoteAddress(url=url, key="k"))


@pytest.mark.parametrize("parts", [("detection",), ("recognition",), ("detection", "recognition")])
async def test_settings_place_each_half(bench: Bench, parts: tuple[str, ...]) -> None:
    key = SecretStr(await bench.key(Permission.INFERENCE))
    url = f"http://127.0.0.1:{bench.port}"
    given = ServingSettings(remote_key=key, **{f"{part}_url": url for part in parts})
    remotes = Remotes(settings=load_settings(serving=given))
    loaded: list[str] = []

    def local(pack: Pack) -> Inference:
        loaded.append(pack.name)
        return bench.inference

    inference = remotes.inference(bench.platform.models.pack(), local)
    found = await inference.samples(photo("ann"), gate=PROBE_GATE)
    made = await inference.templates([one for one in found if isinstance(one, Sample)])
    assert len(made) == 1
    assert loaded == ([] if len(parts) == 2 else ["standard"])
    await remotes.aclose()


async def test_without_an_address_everything_runs_here(bench: Bench) -> None:
    remotes = Remotes(settings=load_settings())
    assert remotes.inference(bench.platform.models.pack(), lambda _: bench.inference) is bench.inference
