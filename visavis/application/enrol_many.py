"""Enrol many subjects, several at a time, in small transactions: whatever was reported is kept."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import anyio

from visavis.application.enrol import Enrolment, EnrolOptions, PhotoResult
from visavis.domain.errors import InputError, VisavisError
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.subject import SubjectId

PHOTOS_AT_ONCE = 16
"""Photos of one subject that are in memory together."""

Pictures = Sequence[tuple[str, bytes | Frame]]
EnrolOne = Callable[[Gallery, str, Pictures, EnrolOptions], Awaitable[Enrolment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPhotos:
    """A subject, and the sources of its photos, which are read when it is their turn."""

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectEnrolment:
    """What became of a subject. `error` is why it failed as a whole; then `enrolment` has what came before."""

    enrolment: Enrolment
    error: VisavisError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolMany:
    """Runs `enrol` for each subject.

    `read` gives the content of a source and raises `InputError`. `workers` subjects are on their way at the
    same time; each is reported once, in the order in which they are finished, after its last commit.
    """

    enrol: EnrolOne
    read: Callable[[str], bytes]
    workers: int

    async def __call__(
        self,
        gallery: Gallery,
        subjects: Sequence[SubjectPhotos],
        report: Callable[[SubjectEnrolment], None],
        *,
        options: EnrolOptions | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """When `stopping` says so, begins no other subject and returns when those under way are committed.

        Photos that are enrolled already are recognised before they are analysed, so a run that was cut off
        is simply repeated. Raises what makes going on pointless: `StoreDown`, `GalleryFull`, `ModelMismatch`.
        """
        waiting = iter(subjects)
        failures: list[VisavisError] = []

        async def work() -> None:
            for subject in waiting:
                if stopping() or failures:
                    return
                try:
                    report(await self._subject(gallery, subject, options or EnrolOptions()))
                except VisavisError as error:
                    failures.append(error)
                    return

        async with anyio.create_task_group() as group:
            for _ in range(max(self.workers, 1)):
                group.start_soon(work)
        if failures:
            raise failures[0]

    async def _subject(
        self, gallery: Gallery, subject: SubjectPhotos, options: EnrolOptions
    ) -> SubjectEnrolment:
        done: list[Enrolment] = []
        error: VisavisError | None = None
        for start in range(0, len(subject.sources), PHOTOS_AT_ONCE):
            sources = subject.sources[start : start + PHOTOS_AT_ONCE]
            try:
                done.append(await self._batch(gallery, subject.name, sources, options))
            except InputError as caught:  # the subject's name is impossible
                error = caught
                break
        return SubjectEnrolment(enrolment=_joined(subject.name, done), error=error)

    async def _batch(
        self, gallery: Gallery, name: str, sources: Sequence[str], options: EnrolOptions
    ) -> Enrolment:
        contents: list[tuple[str, bytes | Frame]] = []
        unread: dict[str, PhotoResult] = {}
        for source in sources:
            try:
                contents.append((source, await anyio.to_thread.run_sync(self.read, source)))
            except InputError as error:
                unread[source] = PhotoResult(source=source, error=error)
        if not contents:
            return Enrolment(name=name, subject_id=None, results=tuple(unread.values()))
        enrolment = await self.enrol(gallery, name, contents, options)
        by_source = unread | {result.source: result for result in enrolment.results}
        return Enrolment(
            name=enrolment.name,
            subject_id=enrolment.subject_id,
            results=tuple(by_source[source] for source in sources),
            resembles=enrolment.resembles,
        )


def _joined(name: str, parts: Sequence[Enrolment]) -> Enrolment:
    subject_id: SubjectId | None = next((part.subject_id for part in parts if part.subject_id), None)
    resembles = {candidate.subject_id: candidate for part in parts for candidate in part.resembles}
    return Enrolment(
        name=name,
        subject_id=subject_id,
        results=tuple(result for part in parts for result in part.results),
        resembles=tuple(resembles.values()),
    )
