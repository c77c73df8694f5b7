"""Waiting for a job, with a worker of our own, so that it is done whether one is running or not."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.domain.errors import Unavailable

if TYPE_CHECKING:
    from visavis.bootstrap.platform import Platform
    from visavis.domain.job import Job

WaitOption = Annotated[
    bool,
    typer.Option("--wait", help="Start a worker, show how far the job is, and return when it has ended."),
]
EXIT_FAILED = 4
_LOOK_EVERY_S = 0.5
_TRIES = 5


async def waited(invocation: Invocation, platform: "Platform", job: "Job") -> "Job":
    """The job when it has ended. What is done stays done if this is cut off, and any worker goes on with the rest.

    Raises `Unavailable` if workers end with an error again and again.
    """
    from visavis.cli.progress import counting_bar

    broken = done = 0
    with counting_bar(f"Job: {job.kind}", job.total) as advance:
        while True:
            with _worker(invocation) as worker:
                while worker.poll() is None:
                    await asyncio.sleep(_LOOK_EVERY_S)
                    job = await platform.jobs.get(job.id)
                    advance(job.total - job.waiting - done, f"Job: {job.kind}", job.total)
                    done = job.total - job.waiting
                    if job.state.final:
                        return job
            job = await platform.jobs.get(job.id)
            if job.state.final:
                return job
            # One that ended because nothing was left for it says nothing of the worker elsewhere that has the rest.
            broken = broken + 1 if worker.returncode else 0
            if broken == _TRIES:
                raise Unavailable("No worker can do the job.", hint="See what it says: visavis worker")
            await asyncio.sleep(_LOOK_EVERY_S)


@contextmanager
def _worker(invocation: Invocation) -> "Iterator[subprocess.Popen[bytes]]":
    """Ends when nothing waits, or with the block; then it finishes what it began."""
    settings = invocation.settings()
    environment = os.environ | {"VISAVIS_DATA_DIR": str(settings.data_dir.absolute())}
    process = subprocess.Popen(
        [sys.executable, "-m", "visavis.worker", "--until-idle"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if invocation.debug else subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
