"""visavis jobs, visavis worker"""

from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.folders import find_subject_folders
from visavis.cli.invocation import Invocation
from visavis.cli.options import ForceOption, GalleryOption, LargestOption, common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.service import replace_process
from visavis.cli.stores import DEFAULT_GALLERY, existing_gallery, open_platform, run
from visavis.domain.errors import FileUnreadable, JobNotFound

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.ports.jobs import NewItem
    from visavis.bootstrap.platform import Platform
    from visavis.domain.job import Job, JobId, JobOptions
    from visavis.wire.jobs import JobDocument, JobEntry, JobsDocument


class Kind(StrEnum):
    """`visavis.domain.job.JobKind`, as far as it can be submitted here."""

    CLASSIFY = "classify"
    ENROL = "enrol"


JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="Identifier of the job.", show_default=False)]
KindArgument = Annotated[
    Kind, typer.Argument(metavar="classify|enrol", help="What is to be done.", show_default=False)
]
PathsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Photos; for enrol a folder, or a ZIP, CSV or NDJSON file."),
]
SourceOption = Annotated[
    str, typer.Option("--source", metavar="NAME", help="Camera or application; its photos keep their order.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, metavar="N", help="At most so many.")]


def jobs(invocation: Invocation, server: ServerOption = None) -> None:
    """Work that is done later by a worker: photos to classify or to enrol.

    Without a command: list the latest.

    \b
    Examples:
      visavis jobs
      visavis jobs submit classify --source door photo-1.jpg photo-2.jpg
      visavis jobs submit enrol people.zip
      visavis jobs show 1f0c…
    """
    invocation.server = server
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation, limit: LimitOption = 20, server: ServerOption = None) -> None:
    """List jobs, the latest first.

    \b
    Examples:
      visavis jobs list --limit 100
    """
    from visavis.wire.jobs import JobsDocument

    async def look() -> JobsDocument:
        async with open_platform(invocation) as platform:
            return JobsDocument.of(await platform.jobs.page(limit=limit))

    with connected(invocation, server) as client:
        if client is None:
            document = run(look)
        else:
            from visavis.cli.remote import jobs as remote

            document = remote.listing(client, limit)
    invocation.answer(document, lambda console: render_jobs(console, document))


def show(
    invocation: Invocation, job: JobArgument, limit: LimitOption = 100, server: ServerOption = None
) -> None:
    """Show one job, and which of its items failed.

    \b
    Examples:
      visavis jobs show 1f0c8a52-0d3c-4b57-9a39-5a6d3f7e1b11
    """
    from visavis.domain.job import ItemState
    from visavis.wire.jobs import JobDocument

    async def look() -> JobDocument:
        async with open_platform(invocation) as platform:
            found = await platform.jobs.get(_identifier(job))
            failed = await platform.jobs.items(found.id, state=ItemState.FAILED, limit=limit)
            return JobDocument.of(found, failed)

    with connected(invocation, server) as client:
        if client is None:
            document = run(look)
        else:
            from visavis.cli.remote import jobs as remote

            document = remote.show(client, _identifier(job), limit)
    invocation.answer(document, lambda console: render_job(console, document))


def cancel(invocation: Invocation, job: JobArgument, server: ServerOption = None) -> None:
    """Cancel what waits of a job. What is done stays done.

    \b
    Examples:
      visavis jobs cancel 1f0c8a52-0d3c-4b57-9a39-5a6d3f7e1b11
    """
    from visavis.wire.jobs import JobsDocument

    async def stop() -> JobsDocument:
        async with open_platform(invocation) as platform:
            return JobsDocument.of([await platform.jobs.cancel(_identifier(job))])

    with connected(invocation, server) as client:
        if client is None:
            document = run(stop)
        else:
            from visavis.cli.remote import jobs as remote

            document = remote.cancel(client, _identifier(job))
    invocation.answer(document, lambda console: render_jobs(console, document))


def submit(
    invocation: Invocation,
    kind: KindArgument,
    paths: PathsArgument,
    gallery: GalleryOption = DEFAULT_GALLERY,
    source: SourceOption = "",
    force: ForceOption = False,
    largest: LargestOption = False,
    server: ServerOption = None,
) -> None:
    """Hand photos over to the workers, and return at once.

    For `enrol`, one of these: a folder or a ZIP file with a folder for each subject, NDJSON with a subject and a
    base64 image per line, or CSV with the columns subject,path below the setting jobs.import_dir.

    \b
    Examples:
      visavis jobs submit classify --source door *.jpg
      visavis jobs submit enrol staff/ --gallery staff
      visavis jobs submit enrol people.zip --gallery staff
    """
    from visavis.domain.job import JobOptions
    from visavis.wire.jobs import JobsDocument

    options = JobOptions(force=force, largest=largest)

    async def hand_over() -> JobsDocument:
        async with open_platform(invocation) as platform:
            return JobsDocument.of([await _submitted(platform, kind, paths, gallery, source, options)])

    with connected(invocation, server) as client:
        if client is None:
            document = run(hand_over)
        elif kind is Kind.CLASSIFY:
            from visavis.cli.remote import jobs as remote

            document = remote.classify(client, gallery, paths, source)
        else:
            from visavis.cli.remote import jobs as remote

            document = remote.enrol(client, gallery, paths, options)
    invocation.answer(document, lambda console: render_jobs(console, document))


def worker(invocation: Invocation) -> None:
    """Do what jobs and webhooks wait for, in the foreground; SIGTERM or Ctrl-C ends it when what it began is done.

    `visavis up` starts one by itself. Any number may run, on any number of machines.

    \b
    Examples:
      visavis worker
    """
    replace_process(invocation, "visavis.worker")


def render_jobs(console: "Console", document: "JobsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.jobs:
        print_line(console, "There are no jobs.")
        return
    columns = ["job", "kind", "gallery", "state", ">done", ">failed", ">total", "submitted"]
    print_table(console, columns, [_row(job) for job in document.jobs])


def render_job(console: "Console", document: "JobDocument") -> None:
    from visavis.cli.tables import print_facts, print_table

    job = document.job
    facts = [
        ("job", job.id),
        ("kind", job.kind),
        ("gallery", job.gallery),
        ("state", job.state if job.problem is None else f"{job.state}: {job.problem}"),
        ("done", f"{job.succeeded} of {job.total}, {job.failed} failed, {job.cancelled} cancelled"),
    ]
    print_facts(console, facts)
    if document.failures:
        rows = [(str(one.number), one.label, one.subject, one.message) for one in document.failures]
        print_table(console, [">item", "photo", "subject", "why"], rows)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group and the worker to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(jobs))
    group.command("list")(common(listing))
    group.command("show")(common(show))
    group.command("submit")(common(submit))
    group.command("cancel")(common(cancel))
    app.add_typer(group, name="jobs", rich_help_panel=panel)
    app.command("worker", rich_help_panel=panel)(common(worker))


async def _submitted(
    platform: "Platform",
    kind: Kind,
    paths: list[Path],
    gallery: str,
    source: str,
    options: "JobOptions",
) -> "Job":
    from visavis.bootstrap.library import read_file
    from visavis.domain.job import JobKind

    place = await existing_gallery(platform, gallery)
    most = platform.settings.jobs.max_bytes
    if kind is Kind.CLASSIFY:
        return await platform.submit(JobKind.CLASSIFY, place, _photos(paths), source=source)
    if len(paths) != 1:
        raise FileUnreadable(
            "Give one folder, or one ZIP, CSV or NDJSON file.", hint="visavis jobs submit enrol people.zip"
        )
    folder = paths[0].is_dir()
    photos = platform.settings.limits.max_image_bytes
    items = _people(paths[0], photos) if folder else platform.imported_items(read_file(paths[0], most))
    return await platform.submit(JobKind.ENROL, place, items, options=options)


async def _people(folder: Path, most_bytes: int) -> "AsyncIterator[NewItem]":
    """A folder with a folder for each subject, one photo in memory at a time."""
    from visavis.application.ports.jobs import NewItem
    from visavis.bootstrap.library import read_file
    from visavis.domain.job import ItemKind, JobItem

    found, _ = find_subject_folders(folder)
    for subject in found:
        for photo in subject.photos:
            label = photo.relative_to(folder).as_posix()
            item = JobItem(number=0, kind=ItemKind.PHOTO, label=label, subject=subject.name)
            yield NewItem(item=item, payload=read_file(photo, most_bytes))


async def _photos(paths: list[Path]) -> "AsyncIterator[NewItem]":
    from visavis.application.ports.jobs import NewItem
    from visavis.bootstrap.library import read_file
    from visavis.domain.job import ItemKind, JobItem

    for path in paths:
        yield NewItem(item=JobItem(number=0, kind=ItemKind.PHOTO), payload=read_file(path))


def _identifier(text: str) -> "JobId":
    from visavis.domain.job import JobId

    try:
        return JobId(UUID(text))
    except ValueError as error:
        raise JobNotFound(hint="List the jobs with: visavis jobs") from error


def _row(job: "JobEntry") -> list[str]:
    counts = [str(job.succeeded), str(job.failed), str(job.total)]
    return [job.id, job.kind, job.gallery, job.state, *counts, f"{job.created_at:%Y-%m-%d %H:%M:%S}"]
