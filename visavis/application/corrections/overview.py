"""The corrections of a tenant: which there are, and whom they are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.store import Store
from visavis.domain.correction import Correction, CorrectionId
from visavis.domain.subject import GalleryId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCorrection:
    """A correction, with what its subjects and galleries are called now, as far as they are there."""

    correction: Correction
    names: dict[SubjectId, str]
    galleries: dict[GalleryId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionOverview:
    store: Store
    tenant: TenantId

    async def get(self, correction_id: CorrectionId) -> NamedCorrection:
        """Raises `CorrectionNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.corrections.get(correction_id)
        (named,) = await self.named([found])
        return named

    async def page(
        self,
        wanted: CorrectionFilter,
        *,
        galleries: frozenset[str] | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[NamedCorrection]:
        """The latest first; of these `galleries` alone, by name, for those who are limited to them."""
        async with self.store.transaction(self.tenant) as work:
            if galleries is not None:
                known = [one.gallery for one in await work.galleries.all()]
                within = frozenset(one.id for one in known if one.name in galleries)
                wanted = CorrectionFilter(
                    kind=wanted.kind,
                    subject_id=wanted.subject_id,
                    event_id=wanted.event_id,
                    within=within,
                    undone=wanted.undone,
                )
            page = await work.corrections.page(wanted, before=before, limit=limit)
        return await self.named(page)

    async def named(self, corrections: Sequence[Correction]) -> list[NamedCorrection]:
        """With names as they are now."""
        ids = {subject_id for one in corrections for subject_id in one.subjects}
        async with self.store.transaction(self.tenant) as work:
            names = await work.subjects.names(sorted(ids))
            galleries = {one.gallery.id: one.gallery.name for one in await work.galleries.all()}
        return [
            NamedCorrection(
                correction=one,
                names={subject_id: names[subject_id] for subject_id in one.subjects if subject_id in names},
                galleries={id_: galleries[id_] for id_ in one.galleries if id_ in galleries},
            )
            for one in corrections
        ]
