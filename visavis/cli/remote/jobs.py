"""jobs, asked of a server: the same documents."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from uuid import UUID

from visavis.client.synchronous import Client
from visavis.domain.errors import FileUnreadable
from visavis.domain.job import ItemState, JobOptions
from visavis.wire.jobs import FailedItem, JobDocument, JobEntry, JobsDocument
from visavis.wire.v1.jobs import ItemNote, JobNote


def listing(client: Client, limit: int) -> JobsDocument:
    return _documented(list(islice(client.jobs.list(page_size=min(limit, 1000)), limit)))


def promoted(client: Client, gallery: str, *, drop_missing: bool) -> JobsDocument:
    return _documented([client.trials.promote(gallery, drop_missing=drop_missing)])


def show(client: Client, job_id: UUID, limit: int) -> JobDocument:
    failed = islice(client.jobs.items(job_id, state=ItemState.FAILED), limit)
    return JobDocument(job=_entry(client.jobs.get(job_id)), failures=tuple(_failure(item) for item in failed))


def cancel(client: Client, job_id: UUID) -> JobsDocument:
    return _documented([client.jobs.cancel(job_id)])


def classify(client: Client, gallery: str, photos: Sequence[Path], source: str) -> JobsDocument:
    """As many jobs as requests are needed."""
    return _documented(list(client.jobs.classify_all(gallery, photos, source=source)))


def enrol(client: Client, gallery: str, paths: Sequence[Path], options: JobOptions) -> JobsDocument:
    """A folder makes as many jobs as requests are needed."""
    if len(paths) != 1:
        raise FileUnreadable(
            "Give one folder, or one ZIP, CSV or NDJSON file.", hint="visavis jobs submit enrol people.zip"
        )
    (path,) = paths
    force, largest = options.force, options.largest
    if path.is_dir():
        return _documented(list(client.jobs.enrol_folder(gallery, path, force=force, largest=largest)))
    return _documented([client.jobs.enrol(gallery, path, force=force, largest=largest)])


def _documented(jobs: Sequence[JobNote]) -> JobsDocument:
    return JobsDocument(jobs=tuple(_entry(job) for job in jobs))


def _entry(job: JobNote) -> JobEntry:
    return JobEntry(
        id=str(job.id),
        kind=job.kind.value,
        state=job.state.value,
        gallery=job.gallery,
        source=job.source,
        created_at=job.created_at,
        finished_at=job.finished_at,
        total=job.total,
        succeeded=job.succeeded,
        failed=job.failed,
        cancelled=job.cancelled,
        waiting=job.waiting,
        problem=job.fault.code if job.fault else None,
    )


def _failure(item: ItemNote) -> FailedItem:
    fault = item.fault
    return FailedItem(
        number=item.number,
        label=item.label,
        subject=item.subject,
        code=fault.code if fault else "",
        message=fault.message if fault else "",
        reasons=fault.reasons if fault else (),
    )
