"""Subjects in memory."""

from collections.abc import Sequence

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.store import Erasure, SubjectSummary
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.subject import GalleryId, Subject, SubjectId


class MemorySubjects:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, subject: Subject) -> None:
        tables = await self._work.write()
        taken = any(other.name == subject.name for other in tables.subjects.values())
        if taken or subject.id in tables.subjects:
            raise AlreadyExists(f"There is a subject {subject.name!r} already.")
        tables.subjects[subject.id] = subject

    async def by_name(self, name: str) -> Subject:
        found = await self.find(name)
        if found is None:
            raise SubjectNotFound(f"There is no subject {name!r}.")
        return found

    async def find(self, name: str) -> Subject | None:
        subjects = self._work.read().subjects.values()
        return next((subject for subject in subjects if subject.name == name), None)

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        subjects = self._work.read().subjects
        return {subject_id: subjects[subject_id].name for subject_id in ids if subject_id in subjects}

    async def page(
        self, *, gallery_id: GalleryId | None = None, after: str = "", limit: int = 100
    ) -> list[SubjectSummary]:
        tables = self._work.read()
        chosen = sorted(
            (
                subject
                for subject in tables.subjects.values()
                if subject.name > after and (gallery_id is None or subject.id in tables.kept(gallery_id))
            ),
            key=lambda subject: subject.name,
        )
        return [_summary(tables, subject) for subject in chosen[:limit]]

    async def erase(self, subject_id: SubjectId) -> Erasure:
        tables = await self._work.write()
        if subject_id not in tables.subjects:
            raise SubjectNotFound
        galleries = tables.where(subject_id)
        references = sum(len(tables.kept(gallery)[subject_id]) for gallery in galleries)
        for gallery in galleries:
            tables.keep(gallery, subject_id, ())
        del tables.subjects[subject_id]
        return Erasure(subject_id=subject_id, references=references, galleries=len(galleries))


def _summary(tables: Tables, subject: Subject) -> SubjectSummary:
    counts = (
        (tables.galleries[gallery].name, len(tables.kept(gallery)[subject.id]))
        for gallery in tables.where(subject.id)
    )
    return SubjectSummary(subject=subject, galleries=tuple(sorted(counts)))
