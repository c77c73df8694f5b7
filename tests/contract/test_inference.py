"""The contract of inference, with real models on real portraits."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import numpy as np
import pytest

from tests.unit.rpc.serving import serving
from visavis.adapters.inference.batching import BatchingInference
from visavis.adapters.inference.items import ServingLimits
from visavis.adapters.inference.split import SplitInference
from visavis.adapters.inference.threads import ThreadInference
from visavis.adapters.remote.inference import RemoteInference
from visavis.adapters.remote.server import RemoteAddress, RemoteServer
from visavis.application.ports.inference import Inference
from visavis.bootstrap.models import Models
from visavis.domain.access import Permission
from visavis.domain.errors import ImageUnreadable
from visavis.domain.sample import Sample
from visavis.domain.template import Template
from visavis.engine.analyse import Analyser
from visavis.engine.assess import PROBE_GATE
from visavis.engine.photo import photo_of

pytestmark = [pytest.mark.anyio, pytest.mark.models]

PATIENT = ServingLimits(max_queue=1000, max_wait_s=60.0, batch_faces=8, batch_wait_s=0.05)
NAMES = ("obama", "biden", "obama2", "obama3")


@pytest.fixture(scope="module")
def analyser(models: Models) -> Analyser:
    return models.analyser(models.pack("light"))


@pytest.fixture(scope="module")
def photos(portraits: Path) -> list[bytes]:
    return [(portraits / f"{name}.jpg").read_bytes() for name in NAMES]


class InferenceContract:
    """Answers are those of the engine, whoever else asks at the same time."""

    async def test_many_at_once_get_what_the_engine_gives_to_one(
        self, inference: Inference, models: Models, analyser: Analyser, photos: list[bytes]
    ) -> None:
        alone = [plainly(analyser, models, photo, flip=flip) for photo in photos for flip in (False, True)]
        together: dict[int, list[Template]] = {}

        async def ask(number: int) -> None:
            photo, flip = photos[number // 2 % len(photos)], bool(number % 2)
            found = await inference.samples(photo, gate=PROBE_GATE)
            samples = [face for face in found if isinstance(face, Sample)]
            together[number] = await inference.templates(samples, flip=flip)

        async with anyio.create_task_group() as group:
            for number in range(3 * len(alone)):
                group.start_soon(ask, number)
        for number, templates in together.items():
            wanted = alone[number % len(alone)]
            assert len(templates) == len(wanted) > 0
            for one, other in zip(templates, wanted, strict=True):
                assert one.model == inference.model
                np.testing.assert_allclose(one.vector, other.vector, rtol=0, atol=1e-6)
                assert one.norm == pytest.approx(other.norm, rel=1e-6)
                assert one.quality == pytest.approx(other.quality, abs=1e-3)

    async def test_keeps_the_order_of_samples(self, inference: Inference, photos: list[bytes]) -> None:
        samples = []
        for photo in photos:
            found = await inference.samples(photo, gate=PROBE_GATE)
            samples += [face for face in found if isinstance(face, Sample)]
        forth = await inference.templates(samples)
        back = await inference.templates(samples[::-1])
        for one, other in zip(forth, back[::-1], strict=True):
            np.testing.assert_allclose(one.vector, other.vector, rtol=0, atol=1e-6)

    async def test_nothing_comes_of_nothing(self, inference: Inference) -> None:
        assert await inference.templates([]) == []

    async def test_says_what_is_wrong_with_a_picture(self, inference: Inference) -> None:
        with pytest.raises(ImageUnreadable):
            await inference.samples(b"no picture", gate=PROBE_GATE)


def plainly(analyser: Analyser, models: Models, photo: bytes, *, flip: bool) -> list[Template]:
    found = analyser.samples(photo_of(photo, models.decoder()), gate=PROBE_GATE)
    samples = [face for face in found if isinstance(face, Sample)]
    return [template for one in samples for template in analyser.templates([one], flip=flip)]


def batching(models: Models, analyser: Analyser) -> BatchingInference:
    return BatchingInference(analyser, models.decoder(), workers=2, limits=PATIENT)


class TestThreadInference(InferenceContract):
    @pytest.fixture
    async def inference(self, models: Models, analyser: Analyser) -> Inference:
        return ThreadInference(analyser, models.decoder(), workers=2)


class TestBatchingInference(InferenceContract):
    @pytest.fixture
    async def inference(self, models: Models, analyser: Analyser) -> AsyncIterator[Inference]:
        async with batching(models, analyser) as inference:
            yield inference


class TestSplitInference(InferenceContract):
    @pytest.fixture
    async def inference(self, models: Models, analyser: Analyser) -> AsyncIterator[Inference]:
        async with batching(models, analyser) as one, batching(models, analyser) as other:
            yield SplitInference(one, other)


class TestRemoteInference(InferenceContract):
    """Both halves on another server; what passes between is exact."""

    @pytest.fixture
    async def inference(self, models: Models, analyser: Analyser) -> AsyncIterator[Inference]:
        async with batching(models, analyser) as far, serving(make=lambda _: far) as bench:
            key = await bench.key(Permission.INFERENCE)
            server = RemoteServer(RemoteAddress(url=f"http://127.0.0.1:{bench.port}", key=key, timeout_s=60))
            pack = models.pack("light")
            yield RemoteInference(server, pack.name, pack.embedder.model)
            await server.aclose()
