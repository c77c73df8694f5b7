"""Trials of model packs in memory."""

from collections.abc import Sequence

from visavis.adapters.memory.work import Work
from visavis.domain.subject import GalleryId, ReferenceId
from visavis.domain.template import Template
from visavis.domain.trial import MOST_DISAGREEMENTS, Disagreement, Trial, TrialProgress, TrialTemplate


class MemoryTrials:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def keep(self, trial: Trial) -> None:
        tables = await self._work.write()
        tables.gallery(trial.gallery_id)
        before = tables.trials.get(trial.gallery_id)
        if before is not None and before.id != trial.id:
            await self.remove(trial.gallery_id)
        tables.trials[trial.gallery_id] = trial

    async def of(self, gallery_id: GalleryId, *, lock: bool = False) -> Trial | None:
        tables = await self._work.write() if lock else self._work.read()
        return tables.trials.get(gallery_id) if gallery_id in tables.galleries else None

    async def all(self) -> list[Trial]:
        tables = self._work.read()
        kept = [one for one in tables.trials.values() if one.gallery_id in tables.galleries]
        return sorted(kept, key=lambda one: (one.started_at, one.id))

    async def remove(self, gallery_id: GalleryId) -> bool:
        tables = await self._work.write()
        trial = tables.trials.pop(gallery_id, None)
        if trial is None:
            return False
        tables.trial_templates.pop(trial.id, None)
        tables.trial_disagreements.pop(trial.id, None)
        return True

    async def missing(self, trial: Trial, *, limit: int) -> list[ReferenceId]:
        tables = self._work.read()
        tried = tables.trial_templates.get(trial.id, {})
        return sorted(one for one in self._references(trial) if one not in tried)[:limit]

    async def add(self, trial: Trial, made: Sequence[TrialTemplate]) -> None:
        tables = await self._work.write()
        if tables.trials.get(trial.gallery_id) is None or tables.trials[trial.gallery_id].id != trial.id:
            return
        kept = tables.kept(trial.gallery_id)
        owners = {one.id: subject for subject, some in kept.items() for one in some}
        living = {one.reference_id: one for one in made if one.reference_id in owners}
        tables.trial_templates[trial.id] = {**tables.trial_templates.get(trial.id, {}), **living}
        for subject_id in {owners[one] for one in living}:
            tables.note_change(trial.gallery_id, subject_id)

    async def templates(
        self, trial: Trial, reference_ids: Sequence[ReferenceId]
    ) -> dict[ReferenceId, Template]:
        made = self._made(trial)
        return {
            one: template
            for one in reference_ids
            if one in made and (template := made[one].template) is not None
        }

    async def progress(self, trial: Trial) -> TrialProgress:
        made = self._made(trial).values()
        failed = sum(one.template is None for one in made)
        return TrialProgress(total=len(self._references(trial)), ready=len(made) - failed, failed=failed)

    async def failed(self, trial: Trial, *, limit: int) -> list[tuple[ReferenceId, str]]:
        made = self._made(trial)
        return sorted((key, one.fault) for key, one in made.items() if one.template is None)[:limit]

    async def disagree(self, trial: Trial, found: Sequence[Disagreement]) -> None:
        tables = await self._work.write()
        known = {one.event_id: one for one in tables.trial_disagreements.get(trial.id, ())}
        known |= {one.event_id: one for one in found if one.event_id in tables.events}
        latest = sorted(known.values(), key=lambda one: (one.at, one.event_id), reverse=True)
        tables.trial_disagreements[trial.id] = tuple(latest[:MOST_DISAGREEMENTS])

    async def disagreements(self, trial: Trial) -> list[Disagreement]:
        tables = self._work.read()
        kept = tables.trial_disagreements.get(trial.id, ())
        return [one for one in kept if one.event_id in tables.events]

    def _references(self, trial: Trial) -> set[ReferenceId]:
        kept = self._work.read().kept(trial.gallery_id)
        return {one.id for some in kept.values() for one in some}

    def _made(self, trial: Trial) -> dict[ReferenceId, TrialTemplate]:
        """Of references that still exist."""
        living = self._references(trial)
        made = self._work.read().trial_templates.get(trial.id, {})
        return {key: one for key, one in made.items() if key in living}
