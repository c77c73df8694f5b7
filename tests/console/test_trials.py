"""A pack on trial, on the pages of galleries and models."""

import uuid
from dataclasses import replace
from html import unescape

import pytest

from tests.console.conftest import Desk
from tests.contract.making import START, a_reference, a_subject, an_event
from tests.contract.store_trials import a_trial
from visavis.domain.access import Role
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT
from visavis.domain.trial import (
    Agreement,
    Comparison,
    Disagreement,
    Trial,
    TrialFigures,
    TrialState,
    TrialTemplate,
)

pytestmark = pytest.mark.anyio


async def tried(desk: Desk, gallery: Gallery) -> tuple[Trial, uuid.UUID]:
    """Three faces, one of them another person; one reference that the candidate cannot have."""
    model = desk.service.platform().models.pack("classic").embedder.model
    figures = TrialFigures()
    for agreement in (Agreement.SAME, Agreement.NEITHER, Agreement.OTHER):
        figures = figures.plus(Comparison(agreement=agreement, in_force_ms=10.0, candidate_ms=20.0))
    trial = replace(a_trial(gallery), pack="classic", model=model, shadow=figures)
    ada, event = a_subject("Ada <i>"), an_event(gallery)
    reference = a_reference(gallery, ada)
    reference = replace(reference, template=replace(reference.template, model=gallery.model))
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.add(ada)
        await work.references.add([reference])
        await work.events.add([event])
        await work.trials.keep(trial)
        await work.trials.add(
            trial, [TrialTemplate(reference_id=reference.id, template=None, fault="no_picture")]
        )
        other = Disagreement(
            event_id=event.id, agreement=Agreement.OTHER, at=START, in_force_score=0.5, candidate_score=0.9
        )
        await work.trials.disagree(trial, [other])
    return trial, event.id


async def test_a_trial_is_begun_watched_and_ended(desk: Desk) -> None:
    gallery = await desk.staff()
    async with desk.browser(Role.ADMINISTRATOR) as visitor:
        before = (await visitor.get("/galleries/staff")).text
        assert "Try it in shadow" in before
        trial, event = await tried(desk, gallery)
        page = unescape((await visitor.get("/galleries/staff")).text)
        assert "in shadow" in page
        assert "66.7 %" in page
        assert f"/events/{event}" in page
        assert "Ada <i> (no picture)" in page
        assert "Ada <i>" not in (await visitor.get("/galleries/staff")).text
        assert 'data-ask="DELETE /v1/galleries/staff/trial"' in page
        assert "/trial/promote" in page
        assert "Let it decide" in page
        models = (await visitor.get("/models")).text
        assert "On trial" in models
        async with desk.service.store.transaction(DEFAULT_TENANT) as work:
            canary = replace(trial, state=TrialState.CANARY, canary=trial.shadow, notice="")
            await work.trials.keep(canary)
        page = (await visitor.get("/galleries/staff")).text
        assert "decides 5 %" in page
        assert "Only watch again" in page
        async with desk.service.store.transaction(DEFAULT_TENANT) as work:
            await work.trials.keep(replace(trial, notice="errors: 3 of 60 tries"))
        assert "errors: 3 of 60 tries" in (await visitor.get("/galleries/staff")).text


async def test_who_may_not_manage_models_is_shown_no_buttons(desk: Desk) -> None:
    await tried(desk, await desk.staff())
    async with desk.browser(Role.AUDITOR) as visitor:
        answer = await visitor.get("/models")
        assert answer.status_code == 200
        assert (await visitor.get("/galleries/staff")).status_code == 403
