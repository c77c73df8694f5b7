"""Finds the faces of queued pictures, some ahead of the one that is decided: decisions keep order, looking need not."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from visavis.application.kit import Kit
from visavis.application.ports.imports import Imports
from visavis.application.ports.store import Store
from visavis.domain.errors import FileUnreadable, Unavailable, VisavisError
from visavis.domain.job import ItemKind, JobId, JobItem
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import TenantId
from visavis.domain.template import Template
from visavis.engine.assess import PROBE_GATE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What was seen in one picture: faces, largest first, and the template of each that was not rejected; or why
    nothing could be. `content` is the picture itself, for galleries that keep it."""

    item: JobItem
    content: bytes = field(default=b"", repr=False)
    found: tuple[Sample | Rejection, ...] = ()
    templates: tuple[Template, ...] = ()
    error: VisavisError | None = None
    gone: bool = False  #: it was cancelled, or somebody else processed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The pictures of items, wherever they are."""

    store: Store
    tenant: TenantId
    imports: Imports

    async def read(self, job_id: JobId, item: JobItem) -> bytes | None:
        """`None` for an item that is done. Raises `FileUnreadable`."""
        async with self.store.transaction(self.tenant) as work:
            payload = await work.jobs.payload(job_id, item.number)
        if payload is None or item.kind is not ItemKind.PATH:
            return payload
        try:
            return await self.imports.read(payload.decode())
        except UnicodeDecodeError as error:
            raise FileUnreadable("The path is not UTF-8.") from error


async def looks(
    kit: Kit, contents: Contents, job_id: JobId, items: Sequence[JobItem], *, ahead: int
) -> AsyncGenerator[Look, None]:
    """One look per item, in order; up to `ahead` pictures are looked at together. Raises `Unavailable`.

    To be closed (`contextlib.aclosing`), so that an error elsewhere ends the looks that are under way.
    """
    coming = iter(items)
    running: deque[asyncio.Task[Look]] = deque()
    try:
        for _ in items:
            while len(running) < max(ahead, 1) and (following := next(coming, None)) is not None:
                running.append(asyncio.create_task(_look(kit, contents, job_id, following)))
            look = await running.popleft()
            yield look
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _look(kit: Kit, contents: Contents, job_id: JobId, item: JobItem) -> Look:
    try:
        content = await contents.read(job_id, item)
        if content is None:
            return Look(item=item, gone=True)
        if item.kind is ItemKind.CROP:
            found = [await kit.crops.sample(content, gate=PROBE_GATE)]
        else:
            found = await kit.inference.samples(content, gate=PROBE_GATE)
        samples = [face for face in found if isinstance(face, Sample)]
        templates = await kit.inference.templates(samples)
    except Unavailable:
        raise
    except VisavisError as error:
        return Look(item=item, error=error)
    return Look(item=item, content=content, found=tuple(found), templates=tuple(templates))
