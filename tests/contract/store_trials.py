"""What every store promises about trials of model packs."""

import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.contract.making import (
    OTHER_MODEL,
    OTHER_TENANT,
    START,
    TENANT,
    a_gallery,
    a_reference,
    a_template,
    an_event,
)
from tests.contract.store_references import prepared
from visavis.application.ports.store import Store
from visavis.domain.errors import GalleryNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference
from visavis.domain.trial import (
    MOST_DISAGREEMENTS,
    Agreement,
    Comparison,
    Disagreement,
    Trial,
    TrialFigures,
    TrialId,
    TrialLimits,
    TrialProgress,
    TrialState,
    TrialTemplate,
)


def a_trial(gallery: Gallery) -> Trial:
    return Trial(
        id=TrialId(uuid.uuid4()),
        gallery_id=gallery.id,
        pack="candidate",
        model=OTHER_MODEL,
        state=TrialState.SHADOW,
        started_at=START,
        changed_at=START,
    )


def made(reference: Reference, fault: str = "") -> TrialTemplate:
    template = None if fault else a_template(OTHER_MODEL)
    return TrialTemplate(reference_id=reference.id, template=template, fault=fault)


class TrialsContract:
    async def test_a_trial_is_kept_whole(self, store: Store) -> None:
        gallery, _ = await prepared(store, "Ada")
        figures = TrialFigures(errors=1, skipped=2, dropped=3)
        for agreement in Agreement:
            figures = figures.plus(
                Comparison(agreement=agreement, in_force_score=0.5, candidate_score=0.1, candidate_ms=7.5)
            )
        trial = replace(
            a_trial(gallery),
            state=TrialState.CANARY,
            share=0.125,
            limits=TrialLimits(disagreements=0.5, least=7),
            notice="latency: median 9 ms against 1 ms",
            shadow=figures,
        )
        async with store.transaction(TENANT) as unit:
            assert await unit.trials.of(gallery.id) is None
            await unit.trials.keep(trial)
        async with store.transaction(TENANT) as unit:
            assert await unit.trials.of(gallery.id, lock=True) == trial
            changed = replace(trial, state=TrialState.SHADOW, canary=figures)
            await unit.trials.keep(changed)
            assert await unit.trials.all() == [changed]
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.trials.all() == []
        async with store.transaction(TENANT) as unit:
            assert await unit.trials.remove(gallery.id)
            assert not await unit.trials.remove(gallery.id)
            assert await unit.trials.all() == []

    async def test_it_needs_its_gallery_and_goes_with_it(self, store: Store) -> None:
        gallery, _ = await prepared(store, "Ada")
        async with store.transaction(TENANT) as unit:
            with pytest.raises(GalleryNotFound):
                await unit.trials.keep(a_trial(a_gallery("other")))
        async with store.transaction(TENANT) as unit:
            await unit.trials.keep(a_trial(gallery))
            await unit.galleries.remove(gallery.id)
            assert await unit.trials.all() == []

    async def test_templates_of_references(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        kept = sorted((a_reference(gallery, one) for one in (ada, bob, bob)), key=lambda one: one.id)
        trial = a_trial(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
            await unit.trials.keep(trial)
            assert await unit.trials.missing(trial, limit=2) == [one.id for one in kept[:2]]
            before = await unit.references.sequence(gallery.id)
            first, second = made(kept[0]), made(kept[1], "no_picture")
            await unit.trials.add(trial, [first, second])
        async with store.transaction(TENANT) as unit:
            assert await unit.trials.missing(trial, limit=9) == [kept[2].id]
            found = await unit.trials.templates(trial, [one.id for one in kept])
            assert set(found) == {kept[0].id}
            assert first.template is not None
            assert np.array_equal(found[kept[0].id].vector, first.template.vector)
            assert found[kept[0].id].model == OTHER_MODEL
            assert await unit.trials.progress(trial) == TrialProgress(total=3, ready=1, failed=1)
            assert await unit.trials.failed(trial, limit=9) == [(kept[1].id, "no_picture")]
            changed = await unit.references.changes(gallery.id, after=before)
            assert kept[0].subject_id in {one.subject_id for one in changed}

    async def test_a_template_goes_with_its_reference(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        mine, other = a_reference(gallery, ada), a_reference(gallery, bob)
        trial = a_trial(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([mine, other])
            await unit.trials.keep(trial)
            await unit.trials.add(trial, [made(mine), made(other)])
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id)
            await unit.references.remove(other.id)
            assert await unit.trials.templates(trial, [mine.id, other.id]) == {}
            await unit.trials.add(trial, [made(mine)])  # computed while it was erased
            assert await unit.trials.progress(trial) == TrialProgress(total=0, ready=0, failed=0)

    async def test_what_was_made_goes_with_the_trial(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        reference = a_reference(gallery, ada)
        first, second = a_trial(gallery), a_trial(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([reference])
            await unit.trials.keep(first)
            await unit.trials.add(first, [made(reference)])
        async with store.transaction(TENANT) as unit:
            await unit.trials.keep(second)
            assert await unit.trials.all() == [second]
            assert await unit.trials.missing(second, limit=9) == [reference.id]
            await unit.trials.add(first, [made(reference)])  # of a trial that is over
            assert await unit.trials.missing(second, limit=9) == [reference.id]

    async def test_disagreements_are_the_latest_of_events_in_the_log(self, store: Store) -> None:
        gallery, _ = await prepared(store, "Ada")
        trial = a_trial(gallery)
        events = [an_event(gallery) for _ in range(MOST_DISAGREEMENTS + 2)]
        found = [
            Disagreement(
                event_id=event.id,
                agreement=Agreement.OTHER,
                at=START + timedelta(seconds=number),
                in_force_score=0.25,
                candidate_score=None,
            )
            for number, event in enumerate(events)
        ]
        async with store.transaction(TENANT) as unit:
            await unit.trials.keep(trial)
            await unit.events.add(events[1:])
            await unit.trials.disagree(trial, found[:50])
            await unit.trials.disagree(trial, found[50:])
        async with store.transaction(TENANT) as unit:
            assert await unit.trials.disagreements(trial) == list(reversed(found[2:]))
