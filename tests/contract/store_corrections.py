"""What every store promises about corrections."""

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
    a_consent,
    a_reference,
    a_template,
    an_event,
)
from tests.contract.store_references import prepared
from visavis.application.ports.corrections import CorrectionFilter, Parked
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store
from visavis.domain.correction import (
    Correction,
    CorrectionId,
    CorrectionKind,
    Denial,
    DenialId,
    EventMark,
    Undo,
)
from visavis.domain.decision import Outcome
from visavis.domain.errors import CorrectionNotFound, ModelMismatch, SubjectNotFound
from visavis.domain.event import EventId
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.subject import GalleryId, ReferenceId, Subject, SubjectId

ANY = CorrectionFilter()


def a_correction(
    gallery: Gallery,
    subject: Subject,
    *,
    kind: CorrectionKind = CorrectionKind.DENY,
    other: Subject | None = None,
    days: int = 30,
    undo: Undo | None = None,
) -> Correction:
    return Correction(
        id=CorrectionId(uuid.uuid4()),
        kind=kind,
        subject_id=subject.id,
        other_id=other.id if other else None,
        event_id=EventId(uuid.uuid4()),
        galleries=(gallery.id,),
        made_at=START,
        made_by="user:1",
        expires_at=START + timedelta(days=days),
        undo=undo or Undo(),
        note="the twin",
    )


def a_denial(
    correction: Correction, gallery: Gallery, subject: Subject, *, shows: Subject | None = None
) -> Denial:
    return Denial(
        id=DenialId(uuid.uuid4()),
        correction_id=correction.id,
        gallery_id=gallery.id,
        subject_id=subject.id,
        template=a_template(gallery.model),
        created_at=START,
        shows_id=shows.id if shows else None,
        event_id=correction.event_id,
    )


async def joined(store: Store, *names: str) -> tuple[Gallery, list[Subject]]:
    """Members of a gallery."""
    gallery, subjects = await prepared(store, *names)
    async with store.transaction(TENANT) as unit:
        for subject in subjects:
            await unit.subjects.join(gallery.id, subject.id)
    return gallery, subjects


class CorrectionsContract:
    async def test_a_correction_comes_back_as_it_was_with_its_number(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        undo = Undo(
            before=EventMark(event_id=EventId(uuid.uuid4()), verdict=None, subject_id=ada.id),
            after=EventMark(event_id=EventId(uuid.uuid4()), verdict=Outcome.MATCH, subject_id=None),
            made=bob.id,
            gone=replace(bob, name="Böb"),
            renamed=ada,
            references=(ReferenceId(uuid.uuid4()),),
            parked=(ReferenceId(uuid.uuid4()),),
            denials=(DenialId(uuid.uuid4()),),
            places=(gallery.id,),
            joined=(GalleryId(uuid.uuid4()),),
            moved=(("events", (uuid.uuid4(), uuid.uuid4())), ("consents", (uuid.uuid4(),))),
        )
        first = a_correction(gallery, ada, kind=CorrectionKind.MERGE, other=bob, undo=undo)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.claim()
            kept = await unit.corrections.add(first)
            second = await unit.corrections.add(a_correction(gallery, ada))
        assert kept == replace(first, sequence=1)
        assert second.sequence == 2
        async with store.transaction(TENANT) as unit:
            assert await unit.corrections.get(first.id) == kept
            assert await unit.corrections.page(ANY) == [second, kept]
            assert await unit.corrections.page(ANY, before=2) == [kept]
            assert await unit.corrections.page(ANY, limit=1) == [second]
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.corrections.page(ANY) == []
            with pytest.raises(CorrectionNotFound):
                await unit.corrections.get(first.id)

    async def test_corrections_are_found_by_what_they_are_about(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        async with store.transaction(TENANT) as unit:
            deny = await unit.corrections.add(a_correction(gallery, ada))
            split = await unit.corrections.add(
                a_correction(gallery, ada, kind=CorrectionKind.SPLIT, other=bob)
            )
            nowhere = await unit.corrections.add(replace(a_correction(gallery, bob), galleries=()))
            closed = await unit.corrections.close(split.id, START, "user:2")
        assert (closed.undone_at, closed.undone_by) == (START, "user:2")
        wanted = {
            CorrectionFilter(kind=CorrectionKind.SPLIT): [closed],
            CorrectionFilter(subject_id=bob.id): [nowhere, closed],
            CorrectionFilter(event_id=deny.event_id): [deny],
            CorrectionFilter(undone=False): [nowhere, deny],
            CorrectionFilter(undone=True): [closed],
            CorrectionFilter(within=frozenset({gallery.id})): [closed, deny],
            CorrectionFilter(within=frozenset()): [],
        }
        async with store.transaction(TENANT) as unit:
            for one, expected in wanted.items():
                assert await unit.corrections.page(one) == expected, one

    async def test_whom_it_is_about_has_to_be_there(self, store: Store) -> None:
        gallery, (ada,) = await joined(store, "Ada")
        async with store.transaction(TENANT) as unit:
            with pytest.raises(SubjectNotFound):
                await unit.corrections.add(
                    replace(a_correction(gallery, ada), subject_id=SubjectId(uuid.uuid4()))
                )
            await unit.corrections.add(a_correction(gallery, ada))
        async with store.transaction(TENANT) as unit:
            assert len(await unit.corrections.page(ANY)) == 1

    async def test_corrections_expire(self, store: Store) -> None:
        gallery, (ada,) = await joined(store, "Ada")
        soon, late = a_correction(gallery, ada, days=1), a_correction(gallery, ada, days=60)
        nowhere = replace(a_correction(gallery, ada, days=1), galleries=())
        async with store.transaction(TENANT) as unit:
            for one in (soon, late, nowhere):
                await unit.corrections.add(one)
            await unit.denials.add([a_denial(soon, gallery, ada), a_denial(late, gallery, ada)])
        day = START + timedelta(days=1)
        async with store.transaction(TENANT) as unit:
            assert await unit.corrections.purge(gallery.id, START, day) == 1
            assert await unit.corrections.purge(gallery.id, START, day) == 0
            assert await unit.corrections.purge(None, START, day) == 1
        async with store.transaction(TENANT) as unit:
            assert [one.id for one in await unit.corrections.page(ANY)] == [late.id]
            assert len((await unit.denials.of(gallery.id, [ada.id]))[ada.id]) == 1
            # the policy keeps events for less time by now
            assert await unit.corrections.purge(gallery.id, day, day) == 1
            assert await unit.denials.of(gallery.id, [ada.id]) == {}

    async def test_denials_come_back_and_change_the_gallery(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        correction = a_correction(gallery, ada)
        denial = a_denial(correction, gallery, ada, shows=bob)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            before = await unit.references.sequence(gallery.id)
            await unit.denials.add([denial])
        async with store.transaction(TENANT) as unit:
            assert await unit.references.sequence(gallery.id) > before
            assert await unit.denials.subjects(gallery.id) == {ada.id}
            (kept,) = (await unit.denials.of(gallery.id, [ada.id, bob.id]))[ada.id]
            assert kept.template.vector.tobytes() == denial.template.vector.tobytes()
            assert (kept.id, kept.shows_id, kept.event_id) == (denial.id, bob.id, correction.event_id)
            with pytest.raises(ModelMismatch):
                await unit.denials.add([replace(denial, template=a_template(OTHER_MODEL))])
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.denials.subjects(gallery.id) == frozenset()

    @pytest.mark.parametrize("who", ["denied", "shown"])
    async def test_denials_go_with_whom_they_are_about(self, store: Store, who: str) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        correction = a_correction(gallery, ada)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            await unit.denials.add([a_denial(correction, gallery, ada, shows=bob)])
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id if who == "denied" else bob.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.denials.subjects(gallery.id) == frozenset()
            assert len(await unit.corrections.page(ANY)) == (who == "shown")

    async def test_denials_go_when_the_subject_leaves_the_gallery(self, store: Store) -> None:
        gallery, (ada,) = await joined(store, "Ada")
        correction = a_correction(gallery, ada)
        elsewhere = replace(gallery, id=GalleryId(uuid.uuid4()), name="elsewhere")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(elsewhere)
            await unit.subjects.join(elsewhere.id, ada.id)
            await unit.corrections.add(correction)
            await unit.denials.add([a_denial(correction, gallery, ada)])
            await unit.subjects.leave(gallery.id, ada.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.denials.subjects(gallery.id) == frozenset()
            assert len(await unit.corrections.page(ANY)) == 1

    @pytest.mark.parametrize("how", ["undone", "expired", "forgotten"])
    async def test_devices_hear_of_denials_that_go(self, store: Store, how: str) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        correction = a_correction(gallery, ada, days=1)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            await unit.denials.add([a_denial(correction, gallery, ada, shows=bob)])
            before = await unit.references.sequence(gallery.id)
        async with store.transaction(TENANT) as unit:
            if how == "undone":
                await unit.corrections.close(correction.id, START, "user:1")
            elif how == "expired":
                await unit.corrections.purge(gallery.id, START, START + timedelta(days=1))
            else:
                await unit.denials.forget(bob.id)
        async with store.transaction(TENANT) as unit:
            changes = await unit.references.changes(gallery.id, after=before)
            assert [one.subject_id for one in changes] == [ada.id]
            assert await unit.denials.subjects(gallery.id) == frozenset()

    async def test_denials_of_events_that_name_somebody_are_forgotten(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        event = an_event(gallery, subject=bob)
        correction = replace(a_correction(gallery, ada), event_id=event.id)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            await unit.denials.add([a_denial(correction, gallery, ada)])
            await unit.events.add([event])
            assert await unit.denials.forget(bob.id) == 1
            assert await unit.denials.subjects(gallery.id) == frozenset()

    async def test_parked_references_come_back_with_their_images(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        correction = a_correction(gallery, ada)
        reference = a_reference(gallery, bob, photo=b"p" * 32)
        image = KeptImage(reference_id=reference.id, kind=Keep.SAMPLE, content=b"\x89PNG\x00")
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            await unit.corrections.park(correction.id, [Parked(reference=reference, images=(image,))])
        async with store.transaction(TENANT) as unit:
            (parked,) = await unit.corrections.parked(correction.id)
            kept = parked.reference
            assert np.array_equal(kept.template.vector, reference.template.vector)
            assert (kept.id, kept.subject_id, kept.photo) == (reference.id, bob.id, reference.photo)
            assert (kept.created_at, kept.details) == (reference.created_at, reference.details)
            assert [(one.kind, one.content) for one in parked.images] == [(Keep.SAMPLE, b"\x89PNG\x00")]
            await unit.galleries.replace_model(gallery.id, pack="other", model=OTHER_MODEL)
            with pytest.raises(ModelMismatch):
                await unit.corrections.parked(correction.id)
            await unit.corrections.close(correction.id, START, "user:1")
            assert await unit.corrections.parked(correction.id) == []

    async def test_two_humans_stay_apart_as_long_as_both_are_there(self, store: Store) -> None:
        gallery, (ada, bob, cyd) = await joined(store, "Ada", "Bob", "Cyd")
        async with store.transaction(TENANT) as unit:
            assert await unit.corrections.keep_apart(bob.id, ada.id, START)
            assert not await unit.corrections.keep_apart(ada.id, bob.id, START)
            await unit.corrections.keep_apart(ada.id, cyd.id, START)
            with pytest.raises(SubjectNotFound):
                await unit.corrections.keep_apart(ada.id, SubjectId(uuid.uuid4()), START)
        pairs = sorted((min(ada.id, one.id), max(ada.id, one.id)) for one in (bob, cyd))
        async with store.transaction(TENANT) as unit:
            assert await unit.corrections.are_apart(ada.id, bob.id)
            assert await unit.corrections.are_apart(bob.id, ada.id)
            assert not await unit.corrections.are_apart(bob.id, cyd.id)
            assert await unit.corrections.apart(gallery.id) == pairs
            await unit.corrections.rejoin(cyd.id, ada.id)
            assert not await unit.corrections.are_apart(ada.id, cyd.id)
            await unit.subjects.erase(bob.id)
            assert await unit.corrections.apart(gallery.id) == []

    async def test_one_takes_over_everything_of_the_other_and_gives_it_back(self, store: Store) -> None:
        gallery, (ada, bob, cyd) = await joined(store, "Ada", "Bob", "Cyd")
        theirs, hers = an_event(gallery, subject=bob), an_event(gallery, subject=ada)
        consent, correction = a_consent(bob), a_correction(gallery, bob, other=cyd)
        of_cyd = a_correction(gallery, cyd, other=bob)
        denial = a_denial(correction, gallery, bob)
        shown = a_denial(of_cyd, gallery, cyd, shows=bob)
        async with store.transaction(TENANT) as unit:
            await unit.events.add([theirs, hers])
            await unit.consents.add(consent)
            await unit.corrections.add(correction)
            await unit.corrections.add(of_cyd)
            await unit.denials.add([denial, shown])
            await unit.corrections.keep_apart(bob.id, cyd.id, START)
            await unit.corrections.keep_apart(bob.id, ada.id, START)
        async with store.transaction(TENANT) as unit:
            moved = await unit.lineage.absorb(bob.id, ada.id)
            await unit.subjects.erase(bob.id)
            await unit.lineage.redirect(bob.id, ada.id, START)
        async with store.transaction(TENANT) as unit:
            assert await unit.lineage.leads_to(bob.id) == ada.id
            assert await unit.lineage.aliases(ada.id) == [bob.id]
            assert (await unit.events.get(theirs.id)).subject_id == ada.id
            assert [one.id for one in await unit.consents.of_subject(ada.id)] == [consent.id]
            assert (await unit.corrections.get(correction.id)).subject_id == ada.id
            assert (await unit.corrections.get(of_cyd.id)).other_id == ada.id
            assert [one.id for one in (await unit.denials.of(gallery.id, [ada.id]))[ada.id]] == [denial.id]
            assert (await unit.denials.of(gallery.id, [cyd.id]))[cyd.id][0].shows_id == ada.id
            assert await unit.corrections.are_apart(ada.id, cyd.id)
            assert await unit.lineage.is_named(ada.id)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(bob)
            await unit.subjects.join(gallery.id, bob.id)
            await unit.lineage.release(moved, ada.id, bob.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.lineage.leads_to(bob.id) is None
            assert (await unit.events.get(theirs.id)).subject_id == bob.id
            assert (await unit.events.get(hers.id)).subject_id == ada.id
            assert [one.id for one in await unit.consents.of_subject(bob.id)] == [consent.id]
            assert (await unit.corrections.get(correction.id)).subject_id == bob.id
            assert (await unit.corrections.get(of_cyd.id)).other_id == bob.id
            assert await unit.denials.subjects(gallery.id) == {bob.id, cyd.id}
            assert (await unit.denials.of(gallery.id, [cyd.id]))[cyd.id][0].shows_id == bob.id
            assert await unit.corrections.are_apart(bob.id, cyd.id)
            assert await unit.corrections.are_apart(bob.id, ada.id)
            assert not await unit.corrections.are_apart(ada.id, cyd.id)

    async def test_a_look_of_oneself_is_no_denial(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        correction = a_correction(gallery, ada)
        async with store.transaction(TENANT) as unit:
            await unit.corrections.add(correction)
            await unit.denials.add([a_denial(correction, gallery, ada, shows=bob)])
            await unit.lineage.absorb(bob.id, ada.id)
            assert await unit.denials.of(gallery.id, [ada.id]) == {}

    async def test_the_identifier_ends_with_whom_it_leads_to(self, store: Store) -> None:
        _, (ada, bob, cyd) = await joined(store, "Ada", "Bob", "Cyd")
        async with store.transaction(TENANT) as unit:
            for gone, into in ((ada, bob), (bob, cyd)):
                await unit.lineage.absorb(gone.id, into.id)
                await unit.subjects.erase(gone.id)
                await unit.lineage.redirect(gone.id, into.id, START)
        async with store.transaction(TENANT) as unit:
            assert await unit.lineage.leads_to(ada.id) == cyd.id
            assert await unit.lineage.aliases(cyd.id) == sorted([ada.id, bob.id])
            await unit.subjects.erase(cyd.id)
            assert await unit.lineage.leads_to(ada.id) is None

    async def test_events_are_reassigned_and_restored(self, store: Store) -> None:
        gallery, (ada, bob) = await joined(store, "Ada", "Bob")
        one, other = an_event(gallery, subject=ada), an_event(gallery, subject=bob)
        async with store.transaction(TENANT) as unit:
            await unit.events.add([one, other])
            assert await unit.lineage.reassign([one.id, other.id], ada.id, bob.id) == (one.id,)
            await unit.events.review(one.id, Outcome.MATCH, ada.id)
            mark = EventMark(event_id=one.id, verdict=None, subject_id=bob.id)
            await unit.lineage.restore(mark)
            event = await unit.events.get(one.id)
            assert (event.verdict, event.subject_id) == (None, bob.id)
            await unit.lineage.restore(replace(mark, subject_id=SubjectId(uuid.uuid4())))
            assert (await unit.events.get(one.id)).subject_id is None
