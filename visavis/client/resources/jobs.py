"""Work that is done later."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from visavis.client.flows import Flow, Give, Pause
from visavis.client.requests import MOST_PICTURES, Part, Picture, get, pictures, post_parts, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.job import ItemState, JobKind, JobState
from visavis.wire.v1.jobs import ItemList, ItemNote, JobList, JobNote

M = TypeVar("M")

_SHORTEST_WAIT_S: Final = 0.2
_LONGEST_WAIT_S: Final = 5.0


class Jobs(Resource[M]):
    """Photos that are classified or enrolled by the workers; what was accepted is done, whatever happens."""

    @operation
    def classify(
        self,
        gallery: str,
        *images: Picture,
        crops: tuple[Picture, ...] = (),
        source: str = "",
        reference: str = "",
        captured_at: datetime | None = None,
    ) -> Flow[JobNote]:
        """Up to 32 pictures, in the order of their arrival for each source. Results come as events."""
        most = self._connection.max_upload_bytes
        request = post_parts(
            *("v1", "galleries", gallery, "jobs", "classify"),
            parts=[*pictures("image", images, most), *pictures("crop", crops, most)],
            source=source or None,
            reference=reference or None,
            captured_at=captured_at,
        )
        return self._ask(self._write(request), JobNote)

    @listing_of(JobNote)
    def classify_all(self, gallery: str, images: Iterable[Picture], *, source: str = "") -> Flow[None]:
        """Any number of pictures, in as many jobs as it takes; they are read while you iterate."""
        for parts in _batches(images, _room(self._connection.max_upload_bytes)):
            request = post_parts(
                "v1", "galleries", gallery, "jobs", "classify", parts=parts, source=source or None
            )
            yield Give((yield from self._ask(self._write(request), JobNote)))

    @operation
    def enrol(
        self, gallery: str, file: str | Path | bytes, *, force: bool = False, largest: bool = False
    ) -> Flow[JobNote]:
        """A ZIP with one folder per subject, NDJSON with a subject and a base64 image per line, or CSV with
        `subject,path` below the server's directory of imports. A file is read while it is sent."""
        content = file if isinstance(file, bytes) else Path(file)
        if isinstance(content, Path) and not content.is_file():
            raise FileUnreadable(f"{content.name} is no file.", hint="For a folder: client.jobs.enrol_folder")
        part = Part(name="file", filename="import", content=content)
        request = post_parts(
            "v1", "galleries", gallery, "jobs", "enrol", parts=[part], force=force, largest=largest
        )
        return self._ask(self._write(request), JobNote)

    @listing_of(JobNote)
    def enrol_folder(
        self, gallery: str, folder: str | Path, *, force: bool = False, largest: bool = False
    ) -> Flow[None]:
        """A folder with one folder per subject, in as many ZIP files as the upload limit needs."""
        for archive in _archives(Path(folder), _room(self._connection.max_upload_bytes)):
            part = Part(name="file", filename="import", content=archive)
            request = post_parts(
                "v1", "galleries", gallery, "jobs", "enrol", parts=[part], force=force, largest=largest
            )
            yield Give((yield from self._ask(self._write(request), JobNote)))

    @operation
    def re_embed(self, gallery: str, pack: str, *, drop_missing: bool = False) -> Flow[JobNote]:
        """Moves a gallery to another model pack, from the samples or photos that it keeps."""
        request = send(
            "POST", "v1", "galleries", gallery, "jobs", "re-embed", pack=pack, drop_missing=drop_missing
        )
        return self._ask(self._write(request), JobNote)

    @listing_of(JobNote)
    def list(
        self, *, kind: JobKind | None = None, state: JobState | None = None, page_size: int = 100
    ) -> Flow[None]:
        """The latest first."""
        return self._pages(
            get("v1", "jobs", kind=kind, state=state, limit=page_size), JobList, lambda page: page.jobs
        )

    @operation
    def get(self, job_id: str | UUID) -> Flow[JobNote]:
        return self._ask(get("v1", "jobs", job_id), JobNote)

    @listing_of(ItemNote)
    def items(
        self, job_id: str | UUID, *, state: ItemState | None = None, page_size: int = 100
    ) -> Flow[None]:
        """By number, with what became of each."""
        request = get("v1", "jobs", job_id, "items", state=state, limit=page_size)
        return self._pages(request, ItemList, lambda page: page.items)

    @operation
    def cancel(self, job_id: str | UUID) -> Flow[JobNote]:
        """What waits is not done any more; what was done stays."""
        return self._ask(self._write(send("POST", "v1", "jobs", job_id, "cancel")), JobNote)

    @operation
    def wait(self, job_id: str | UUID, *, timeout_s: float | None = None) -> Flow[JobNote]:
        """The job when it has ended, or as it is after about `timeout_s` seconds: look at its `state`."""
        waited, pause = 0.0, _SHORTEST_WAIT_S
        while True:
            job = yield from self._ask(get("v1", "jobs", job_id), JobNote)
            if job.state.final or (timeout_s is not None and waited >= timeout_s):
                return job
            rest = pause if timeout_s is None else min(pause, timeout_s - waited)
            yield Pause(rest)
            waited += rest
            pause = min(pause * 1.5, _LONGEST_WAIT_S)


def _room(most: int) -> int:
    """For pictures in a request of at most so many bytes: the rest is for what stands around them."""
    return most - most // 32


def _batches(images: Iterable[Picture], most: int) -> Iterator[list[Part]]:
    """Pictures that fit into one request."""
    batch: list[Part] = []
    size = 0
    for image in images:
        (part,) = pictures("image", [image], most)
        if batch and (len(batch) == MOST_PICTURES or size + part.size > most):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += part.size
    if batch:
        yield batch


def _archives(folder: Path, most: int) -> Iterator[Path]:
    """ZIP files of a folder's subjects, each below the limit, one at a time in a temporary place.

    Hidden files and links are left out.
    """
    photos = [
        (subject.name, photo)
        for subject in sorted(folder.iterdir() if folder.is_dir() else ())
        if subject.is_dir() and not subject.name.startswith(".") and not subject.is_symlink()
        for photo in sorted(subject.iterdir())
        if photo.is_file() and not photo.name.startswith(".") and not photo.is_symlink()
    ]
    if not photos:
        raise ValueInvalid("The folder has no folders with photos in it, one for each subject.")
    while photos:
        with tempfile.TemporaryDirectory(prefix="visavis-") as place:
            archive = Path(place) / "import.zip"
            taken = _packed(archive, photos, most)
            photos = photos[taken:]
            yield archive


def _packed(archive: Path, photos: "list[tuple[str, Path]]", most: int) -> int:
    """How many of the photos went into the archive: at least one. They are not compressed: JPEG is already."""
    size, taken = 0, 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for subject, photo in photos:
            name = f"{subject}/{photo.name}"
            added = photo.stat().st_size + 3 * len(name.encode()) + 300
            if taken and size + added > most:
                break
            file.write(photo, name)
            size, taken = size + added, taken + 1
    return taken
