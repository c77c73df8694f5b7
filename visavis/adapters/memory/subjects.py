"""Subjects in memory."""

from collections.abc import Sequence
from dataclasses import replace

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.store import Erasure, SubjectSummary
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.subject import GalleryId, Subject, SubjectId, SubjectKind


class MemorySubjects:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, subject: Subject) -> None:
        tables = await self._work.write()
        if subject.id in tables.subjects:
            raise AlreadyExists(f"There is a subject {subject.name!r} already.")
        _require_free(tables, subject.name)
        tables.subjects[subject.id] = subject

    async def by_name(self, name: str) -> Subject:
        found = await self.find(name)
        if found is None:
            raise SubjectNotFound(f"There is no subject {name!r}.")
        return found

    async def find(self, name: str) -> Subject | None:
        subjects = self._work.read().subjects.values()
        return next((subject for subject in subjects if subject.name == name), None)

    async def get(self, subject_id: SubjectId) -> Subject:
        return self._work.read().subject(subject_id)

    async def rename(self, subject_id: SubjectId, name: str, *, kind: SubjectKind) -> Subject:
        tables = await self._work.write()
        subject = tables.subject(subject_id)
        if name != subject.name:
            _require_free(tables, name)
        tables.subjects[subject_id] = replace(subject, name=name, kind=kind)
        return tables.subjects[subject_id]

    async def join(self, gallery_id: GalleryId, subject_id: SubjectId) -> None:
        tables = await self._work.write()
        tables.gallery(gallery_id)
        tables.subject(subject_id)
        tables.members[gallery_id] |= {subject_id}

    async def leave(self, gallery_id: GalleryId, subject_id: SubjectId) -> int:
        tables = await self._work.write()
        if subject_id not in tables.members.get(gallery_id, ()):
            raise SubjectNotFound
        removed = tables.expel(gallery_id, subject_id)
        if not tables.where(subject_id):
            tables.drop(subject_id)
        return removed

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        subjects = self._work.read().subjects
        return {subject_id: subjects[subject_id].name for subject_id in ids if subject_id in subjects}

    async def page(
        self,
        *,
        gallery_id: GalleryId | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        after: str = "",
        limit: int = 100,
    ) -> list[SubjectSummary]:
        tables = self._work.read()
        wanted = tables.subjects if gallery_id is None else tables.members.get(gallery_id, frozenset())
        chosen = (
            subject
            for subject_id, subject in tables.subjects.items()
            if subject_id in wanted
            and (kind is None or subject.kind is kind)
            and subject.name.startswith(prefix)
            and containing.lower() in subject.name.lower()
            and subject.name > after
        )
        ordered = sorted(chosen, key=lambda subject: subject.name)
        return [_summary(tables, subject) for subject in ordered[:limit]]

    async def erase(self, subject_id: SubjectId) -> Erasure:
        tables = await self._work.write()
        tables.subject(subject_id)
        galleries = len(tables.where(subject_id))
        removed = tables.drop(subject_id)
        return Erasure(subject_id=subject_id, references=removed, galleries=galleries)


def _require_free(tables: Tables, name: str) -> None:
    if any(other.name == name for other in tables.subjects.values()):
        raise AlreadyExists(f"There is a subject {name!r} already.")


def _summary(tables: Tables, subject: Subject) -> SubjectSummary:
    counts = (
        (tables.galleries[gallery].name, len(tables.kept(gallery).get(subject.id, ())))
        for gallery in tables.where(subject.id)
    )
    return SubjectSummary(subject=subject, galleries=tuple(sorted(counts)))
