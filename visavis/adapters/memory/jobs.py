"""Jobs in memory."""

from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.jobs import JobFilter, NewItem, Taken, Waiting
from visavis.domain.errors import JobNotFound
from visavis.domain.job import Fault, ItemKind, ItemResult, ItemState, Job, JobId, JobItem, JobState
from visavis.domain.subject import SubjectId


class MemoryJobs:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, job: Job, items: AsyncIterable[NewItem]) -> Job:
        given = [new async for new in items]
        tables = (await self._work.write()).jobs
        tables.sequence += 1
        kept = replace(job, sequence=tables.sequence, total=len(given))
        tables.jobs[job.id] = kept
        tables.items[job.id] = {n: replace(new.item, number=n) for n, new in enumerate(given)}
        for number, new in enumerate(given):
            if new.item.kind is not ItemKind.REFERENCE:
                tables.payloads[job.id, number] = new.payload
        return kept

    async def extend(self, job_id: JobId, items: Sequence[JobItem]) -> None:
        tables = (await self._work.write()).jobs
        job = tables.jobs.get(job_id)
        if job is None or job.state.final:
            raise JobNotFound
        own = tables.items[job_id]
        own |= {job.total + n: replace(item, number=job.total + n) for n, item in enumerate(items)}
        tables.jobs[job_id] = replace(job, total=len(own))

    async def get(self, job_id: JobId) -> Job:
        jobs = self._work.read().jobs.jobs
        if job_id not in jobs:
            raise JobNotFound
        return jobs[job_id]

    async def page(self, wanted: JobFilter, *, before: int | None = None, limit: int = 100) -> list[Job]:
        chosen = [
            job
            for job in self._work.read().jobs.jobs.values()
            if (before is None or job.sequence < before)
            and (wanted.kind is None or job.kind is wanted.kind)
            and (wanted.state is None or job.state is wanted.state)
            and (wanted.galleries is None or job.gallery in wanted.galleries)
        ]
        return sorted(chosen, key=lambda job: -job.sequence)[:limit]

    async def items(
        self, job_id: JobId, *, state: ItemState | None = None, after: int = -1, limit: int = 100
    ) -> list[JobItem]:
        found = self._work.read().jobs.items.get(job_id, {})
        chosen = [
            item
            for number, item in sorted(found.items())
            if number > after and (state is None or item.state is state)
        ]
        return chosen[:limit]

    async def waiting(self) -> list[Waiting]:
        jobs = self._work.read().jobs.jobs.values()
        streams = {job.stream: job.kind for job in jobs if not job.state.final}
        return [Waiting(stream=stream, kind=kind) for stream, kind in sorted(streams.items())]

    async def take(self, stream: str, limit: int) -> list[Taken]:
        tables = (await self._work.write()).jobs
        found = [
            (job, item)
            for job in self._open(stream)
            for _, item in sorted(tables.items[job.id].items())
            if item.state is ItemState.QUEUED
        ][:limit]
        begun = next((place for place, (_, item) in enumerate(found) if item.attempts), len(found))
        taken = [
            Taken(job=job, item=replace(item, attempts=item.attempts + 1))
            for job, item in found[: begun or 1]
        ]
        for one in taken:
            tables.items[one.job.id][one.item.number] = one.item
        return taken

    async def release(self, taken: Sequence[Taken]) -> None:
        tables = (await self._work.write()).jobs
        for one in taken:
            item = tables.items.get(one.job.id, {}).get(one.item.number)
            if item is not None and item.state is ItemState.QUEUED:
                tables.items[one.job.id][one.item.number] = replace(item, attempts=max(item.attempts - 1, 0))

    async def hold(self, job_id: JobId, number: int) -> bool:
        item = (await self._work.write()).jobs.items.get(job_id, {}).get(number)
        return item is not None and item.state is ItemState.QUEUED

    async def payload(self, job_id: JobId, number: int) -> bytes | None:
        return self._work.read().jobs.payloads.get((job_id, number))

    async def finish_item(
        self, job_id: JobId, number: int, at: datetime, *, result: ItemResult | None, fault: Fault | None
    ) -> None:
        if not await self.hold(job_id, number):
            return
        tables = (await self._work.write()).jobs
        state = ItemState.SUCCEEDED if fault is None else ItemState.FAILED
        item = tables.items[job_id][number]
        tables.items[job_id][number] = replace(item, state=state, result=result, fault=fault, finished_at=at)
        tables.payloads.pop((job_id, number), None)
        job = tables.jobs[job_id]
        done = (job.succeeded + (fault is None), job.failed + (fault is not None))
        tables.jobs[job_id] = replace(job, succeeded=done[0], failed=done[1])

    async def start(self, job_id: JobId, at: datetime) -> None:
        tables = (await self._work.write()).jobs
        job = tables.jobs.get(job_id)
        if job is not None and job.state is JobState.QUEUED:
            tables.jobs[job_id] = replace(job, state=JobState.RUNNING, started_at=job.started_at or at)

    async def ready(self, stream: str) -> list[Job]:
        return [job for job in self._open(stream) if job.waiting == 0]

    async def settle(self, job_id: JobId, at: datetime) -> Job | None:
        job = (await self._work.write()).jobs.jobs.get(job_id)
        if job is None or job.state.final or job.waiting > 0:
            return None
        return await self._end(job_id, job.ended(), at)

    async def fail(self, job_id: JobId, at: datetime, fault: Fault) -> None:
        await self._cancel_items(job_id, at, _any_item)
        job = (await self._work.write()).jobs.jobs.get(job_id)
        if job is not None and not job.state.final:
            await self._end(job_id, JobState.FAILED, at, fault)

    async def cancel(self, job_id: JobId, at: datetime) -> Job:
        job = await self.get(job_id)
        if job.state.final:
            return job
        await self._cancel_items(job_id, at, _any_item)
        return await self._end(job_id, JobState.CANCELLED, at)

    async def serialise(self, name: str) -> None:  # noqa: ARG002
        """Writers take turns anyway."""
        await self._work.write()

    async def purge(self, finished_before: datetime) -> int:
        tables = (await self._work.write()).jobs
        jobs = tables.jobs.items()
        old = [id_ for id_, job in jobs if job.finished_at and job.finished_at < finished_before]
        for job_id in old:
            del tables.jobs[job_id], tables.items[job_id]
            tables.staged.pop(job_id, None)
        return len(old)

    async def forget(self, subject_id: SubjectId, name: str) -> int:
        tables = (await self._work.write()).jobs
        count = 0
        for job_id, items in tables.items.items():
            await self._cancel_items(
                job_id, datetime.now(UTC), lambda item: bool(name) and item.subject == name
            )
            for number, item in items.items():
                if (name and item.subject == name) or _names(item, subject_id):
                    items[number] = replace(item, result=None, label="", subject="")
                    count += 1
        return count

    def _open(self, stream: str) -> list[Job]:
        jobs = self._work.read().jobs.jobs.values()
        found = [job for job in jobs if job.stream == stream and not job.state.final]
        return sorted(found, key=lambda job: job.sequence)

    async def _end(self, job_id: JobId, state: JobState, at: datetime, fault: Fault | None = None) -> Job:
        tables = (await self._work.write()).jobs
        tables.jobs[job_id] = replace(tables.jobs[job_id], state=state, finished_at=at, fault=fault)
        return tables.jobs[job_id]

    async def _cancel_items(self, job_id: JobId, at: datetime, which: Callable[[JobItem], bool]) -> None:
        tables = (await self._work.write()).jobs
        items = tables.items.get(job_id, {})
        waiting = [n for n, item in items.items() if item.state is ItemState.QUEUED and which(item)]
        for number in waiting:
            items[number] = replace(items[number], state=ItemState.CANCELLED, finished_at=at)
            tables.payloads.pop((job_id, number), None)
        if waiting:
            job = tables.jobs[job_id]
            tables.jobs[job_id] = replace(job, cancelled=job.cancelled + len(waiting))


def _any_item(item: JobItem) -> bool:  # noqa: ARG001
    return True


def _names(item: JobItem, subject_id: SubjectId) -> bool:
    result = item.result
    if result is None:
        return False
    return result.subject_id == subject_id or any(face.subject_id == subject_id for face in result.faces)
