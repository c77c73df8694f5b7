"""A server's inference: bounded, put together, dropped, drained."""

import threading
from collections.abc import Awaitable, Callable

import anyio
import pytest
from anyio.abc import TaskGroup

from tests.unit.adapters.inference.making import OPEN_GATE, POISON, Models, frame, sample, values
from visavis.adapters.inference.batching import BatchingInference
from visavis.domain.errors import Draining, FailureToExtract, ImageUnreadable, Overloaded, Unavailable
from visavis.domain.sample import Sample
from visavis.domain.template import Template

pytestmark = pytest.mark.anyio


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("visavis-inference")]


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not holds():  # noqa: ASYNC110 (a thread makes it so)
            await anyio.sleep(0.001)


class Callers:
    """Runs calls side by side and keeps what became of each, in the order of their start."""

    def __init__(self, group: TaskGroup, inference: BatchingInference) -> None:
        self.group = group
        self.inference = inference
        self.results: list[object] = []

    def start(self, call: Callable[[], Awaitable[object]]) -> anyio.CancelScope:
        place, scope = len(self.results), anyio.CancelScope()
        self.results.append(None)

        async def run() -> None:
            with scope:
                try:
                    self.results[place] = await call()
                except (Unavailable, FailureToExtract) as error:
                    self.results[place] = error

        self.group.start_soon(run)
        return scope

    def values(self) -> list[list[int]]:
        """Of those after the first, which `busy` has started."""
        return [values(result) if isinstance(result, list) else [] for result in self.results[1:]]

    def embed(self, *given: int) -> anyio.CancelScope:
        return self.start(lambda: self.inference.templates([sample(value) for value in given]))

    def look(self) -> anyio.CancelScope:
        return self.start(lambda: self.inference.samples(frame(), gate=OPEN_GATE))


async def busy(models: Models, callers: Callers) -> None:
    """The only thread is at a picture, and stays there until the door opens."""
    models.detector.door.clear()
    callers.look()
    await until(models.detector.began.is_set)


async def test_gives_what_the_engine_gives() -> None:
    models = Models()
    async with models.serving(workers=2) as inference:
        found = await inference.samples(frame(), gate=OPEN_GATE)
        (template,) = await inference.templates([face for face in found if isinstance(face, Sample)])
        assert template.model == inference.model
        assert values(await inference.templates([sample(200), sample(130), sample(170)])) == [200, 130, 170]
        assert await inference.templates([]) == []
        with pytest.raises(ImageUnreadable):
            await inference.samples(b"no picture", gate=OPEN_GATE)


async def test_requests_that_wait_are_put_together_and_get_their_own() -> None:
    models = Models()
    async with models.serving(batch_faces=4) as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        for one in ([200], [130, 140], [150], [160]):
            callers.embed(*one)
        await until(lambda: inference.load.waiting_faces == 5)
        models.detector.door.set()
        await until(lambda: all(result is not None for result in callers.results))
        assert callers.values() == [[200], [130, 140], [150], [160]]
        assert models.embedder.runs == [4, 1]
        assert inference.load.batches == 2
        assert inference.load.mean_batch_faces == 2.5


async def test_a_free_worker_does_not_wait_for_company() -> None:
    models = Models()
    async with models.serving(batch_faces=64, batch_wait_s=1e9) as inference:
        with anyio.fail_after(30):
            assert values(await inference.templates([sample(150)])) == [150]


async def test_a_request_of_many_faces_is_cut() -> None:
    models = Models()
    async with models.serving(workers=3, batch_faces=4) as inference:
        assert values(await inference.templates([sample(130 + n) for n in range(10)])) == list(
            range(130, 140)
        )
    assert sum(models.embedder.runs) == 10
    assert max(models.embedder.runs) == 4


async def test_a_failing_request_does_not_fail_its_neighbours() -> None:
    models = Models()
    async with models.serving(batch_faces=8) as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        for value in (200, POISON, 150):
            callers.embed(value)
        await until(lambda: inference.load.waiting_faces == 3)
        models.detector.door.set()
        await until(lambda: all(result is not None for result in callers.results))
    assert callers.values() == [[200], [], [150]]
    assert isinstance(callers.results[2], FailureToExtract)
    assert models.embedder.runs == [3, 1, 1, 1]


async def test_refuses_at_once_what_does_not_fit_and_answers_the_rest() -> None:
    models = Models()
    async with models.serving(max_queue=2) as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        for _ in range(5):
            callers.look()
        await until(lambda: inference.load.shed == 3)
        assert inference.load.queued == 2
        with pytest.raises(Overloaded):
            inference.require_room()
        models.detector.door.set()
        await until(lambda: all(result is not None for result in callers.results))
        inference.require_room()
    refused = [result for result in callers.results if isinstance(result, Overloaded)]
    assert len(refused) == 3
    assert all(error.retryable and error.retry_after_s is not None for error in refused)
    assert models.detector.looks == 3


async def test_a_task_whose_picture_was_accepted_gets_its_templates() -> None:
    models = Models()
    async with models.serving(max_queue=1, batch_faces=1) as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)

        async def identify() -> list[Template]:
            found = await inference.samples(frame(), gate=OPEN_GATE)
            models.embedder.door.clear()
            callers.embed(200)
            await until(lambda: inference.load.running == 1)
            for value in (130, 140, 150):
                callers.embed(value)
            await until(lambda: inference.load.shed == 1)  # two may wait, a third may not
            group.start_soon(open_when_three_wait)
            return await inference.templates([face for face in found if isinstance(face, Sample)])

        async def open_when_three_wait() -> None:
            await until(lambda: inference.load.waiting_faces == 3)
            models.embedder.door.set()

        assert len(await identify()) == 1
        await until(lambda: all(result is not None for result in callers.results))
    assert [isinstance(result, Overloaded) for result in callers.results] == [False, False, False, True]


async def test_the_work_of_those_who_have_gone_is_dropped() -> None:
    models = Models()
    async with models.serving() as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        gone = callers.look()
        gone_too = callers.embed(*[200] * 9)
        callers.look()
        await until(lambda: inference.load.queued == 11)
        gone.cancel()
        gone_too.cancel()
        await until(lambda: inference.load.queued == 1)
        models.detector.door.set()
        await until(lambda: callers.results[0] is not None and callers.results[3] is not None)
    assert models.detector.looks == 2
    assert models.embedder.runs == []


async def test_a_caller_who_goes_during_the_work_disturbs_nobody() -> None:
    models = Models()
    async with models.serving() as inference, anyio.create_task_group() as group:
        callers = Callers(group, inference)
        models.embedder.door.clear()
        gone = callers.embed(POISON)
        await until(lambda: inference.load.running == 1)
        gone.cancel()
        models.embedder.door.set()
        assert values(await inference.templates([sample(200)])) == [200]


async def test_closing_finishes_what_was_accepted() -> None:
    models = Models()
    inference = models.serving()

    async def identify() -> list[Template]:
        found = await inference.samples(frame(), gate=OPEN_GATE)
        return await inference.templates([face for face in found if isinstance(face, Sample)])

    async with anyio.create_task_group() as group:
        callers = Callers(group, inference)
        models.detector.door.clear()
        for _ in range(3):
            callers.start(identify)
        await until(lambda: inference.load.queued == 2)
        group.start_soon(inference.aclose)
        group.start_soon(inference.aclose)
        await until(lambda: isinstance(refusal(inference), Draining))
        with pytest.raises(Draining):
            await inference.samples(frame(), gate=OPEN_GATE)
        with pytest.raises(Draining):
            await inference.templates([sample(200)])
        models.detector.door.set()
    assert [len(result) for result in callers.results if isinstance(result, list)] == [1, 1, 1]
    assert threads() == []
    with pytest.raises(Draining):
        await inference.templates([sample(200)])


def refusal(inference: BatchingInference) -> Unavailable | None:
    try:
        inference.require_room()
    except Unavailable as error:
        return error
    return None


async def test_closing_in_haste_refuses_what_waits() -> None:
    models = Models()
    inference = models.serving()
    async with anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        callers.look()
        callers.embed(200)
        await until(lambda: inference.load.queued == 2)
        with anyio.move_on_after(0):
            await inference.aclose()
        models.detector.door.set()
        await until(lambda: all(result is not None for result in callers.results))
    assert isinstance(callers.results[0], list)
    assert [type(result) for result in callers.results[1:]] == [Draining, Draining]
    await inference.aclose()
    assert threads() == []


async def test_a_batch_that_fails_after_a_hasty_close_fails_its_callers() -> None:
    models = Models()
    inference = models.serving(batch_faces=4)
    async with anyio.create_task_group() as group:
        callers = Callers(group, inference)
        await busy(models, callers)
        models.embedder.door.clear()
        for value in (200, POISON):
            callers.embed(value)
        await until(lambda: inference.load.waiting_faces == 2)
        models.detector.door.set()
        await until(lambda: inference.load.waiting_faces == 0)
        with anyio.move_on_after(0):
            await inference.aclose()
        models.embedder.door.set()
        await until(lambda: all(result is not None for result in callers.results))
    assert [type(result) for result in callers.results[1:]] == [FailureToExtract, FailureToExtract]
