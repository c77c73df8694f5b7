"""visavis galleries re-embed"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.jobs import render_jobs
from visavis.cli.packs import ready_pack
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.cli.waiting import EXIT_FAILED, WaitOption, waited

if TYPE_CHECKING:
    from visavis.domain.job import Job

GalleryArgument = Annotated[str, typer.Argument(metavar="GALLERY", help="The gallery.", show_default=False)]
PackArgument = Annotated[
    str, typer.Argument(metavar="PACK", help="The model pack it changes to.", show_default=False)
]
DropOption = Annotated[
    bool,
    typer.Option("--drop-missing", help="Remove references of which no image is kept that the pack can use."),
]


def re_embed(
    invocation: Invocation,
    gallery: GalleryArgument,
    pack: PackArgument,
    drop_missing: DropOption = False,
    wait: WaitOption = False,
) -> None:
    """Give a gallery another model pack: a job computes every template anew from the samples or photos that its
    policy kept, and the gallery changes over at once when all are there. Until then it is searched as before.

    Refused if references would be lost, unless --drop-missing. Samples serve packs that align faces alike, photos
    every pack. With --wait a job that failed ends with 4.

    \b
    Examples:
      visavis galleries re-embed staff classic
      visavis galleries re-embed staff standard --drop-missing --wait
    """
    from visavis.bootstrap.extras import require_server
    from visavis.domain.job import JobState
    from visavis.wire.jobs import JobsDocument

    if wait:
        require_server()

    async def work() -> "Job":
        async with open_platform(invocation) as platform:
            place = await existing_gallery(platform, gallery)
            ready_pack(invocation, platform.settings, pack)
            job = await platform.re_embed(place, pack, drop_missing=drop_missing)
            return await waited(invocation, platform, job) if wait else job

    job = run(work)
    document = JobsDocument.of([job])
    invocation.answer(document, lambda console: render_jobs(console, document))
    if job.state is JobState.FAILED:
        raise typer.Exit(EXIT_FAILED)
