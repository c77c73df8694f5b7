"""Consent, receipts, retention, audit and the subject's own data: the use cases over memory."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from visavis.application.index_faces import IndexOptions
from visavis.domain.audit import Action
from visavis.domain.consent import Consent
from visavis.domain.decision import Outcome
from visavis.domain.errors import ConsentMissing, GalleryFull, ReferenceNotFound, SubjectNotFound
from visavis.domain.event import EventKind, Origin
from visavis.domain.policy import Keep
from visavis.domain.subject import DEFAULT_TENANT, SubjectKind


def enrol(bench: Bench, name: str, *seeds: int) -> list[object]:
    named = [(f"photo {seed}", picture(name, seed=seed)) for seed in seeds]
    result = bench.run(bench.enrol(bench.gallery, name, named))
    assert result.enrolled == len(seeds), [one.error for one in result.results]
    return [one.reference_id for one in result.results]


def matched(bench: Bench, name: str) -> str | None:
    (found,) = bench.run(bench.identify(bench.gallery, picture(name, seed=99)))
    return found.candidates.best.name if found.decision.outcome is Outcome.MATCH else None


def actions(bench: Bench) -> list[Action]:
    return [entry.record.action for entry in bench.entries()]


def grant(bench: Bench, name: str, **more: object) -> Consent:
    consent: Consent = bench.run(
        bench.consents.grant(name, purpose="access", text_version="2026-1", evidence="form 7", **more)
    )
    return consent


@pytest.fixture
def strict(bench: Bench) -> Bench:
    """The gallery requires a consent, which Ada has given."""
    bench.policy(consent="access")
    bench.run(bench.subjects.create("Ada", [bench.gallery]))
    grant(bench, "Ada")
    return bench


class TestConsent:
    def test_nobody_is_enrolled_without(self, bench: Bench) -> None:
        bench.policy(consent="access")
        bench.run(bench.subjects.create("Ada", [bench.gallery]))
        for name in ("Ada", "Grace"):
            with pytest.raises(ConsentMissing) as refused:
                enrol(bench, name, 1)
            assert "consents grant" in refused.value.advice
        assert matched(bench, "Ada") is None
        grant(bench, "Ada")
        enrol(bench, "Ada", 1)
        assert matched(bench, "Ada") == "Ada"

    def test_a_consent_for_another_purpose_is_none(self, bench: Bench) -> None:
        bench.policy(consent="attendance")
        bench.run(bench.subjects.create("Ada", [bench.gallery]))
        grant(bench, "Ada")
        with pytest.raises(ConsentMissing):
            enrol(bench, "Ada", 1)

    def test_an_expired_one_ends_every_match_in_that_moment(self, bench: Bench) -> None:
        bench.policy(consent="access")
        bench.run(bench.subjects.create("Ada", [bench.gallery]))
        end = bench.clock.now().replace(day=2)
        grant(bench, "Ada", expires_at=end)
        enrol(bench, "Ada", 1)
        bench.clock.turn(hours=23, minutes=59)
        assert matched(bench, "Ada") == "Ada"
        bench.clock.turn(minutes=1)
        assert matched(bench, "Ada") is None
        with pytest.raises(ConsentMissing):
            bench.run(bench.verify_subject(bench.gallery, "Ada", picture("Ada", seed=99)))
        with pytest.raises(ConsentMissing):
            enrol(bench, "Ada", 2)

    def test_a_gallery_that_begins_to_require_one_matches_only_those_who_have_it(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Grace", 1)
        bench.policy(consent="access")
        grant(bench, "Grace")
        assert (matched(bench, "Ada"), matched(bench, "Grace")) == (None, "Grace")

    def test_revoking_removes_what_depended_on_it_and_leaves_the_rest(self, strict: Bench) -> None:
        enrol(strict, "Ada", 1, 2)
        first = strict.gallery
        other = strict.run(
            strict.galleries.create(
                "open", purpose=first.purpose, pack="words", model=first.model, policy=type(first.policy)()
            )
        )
        strict.run(strict.enrol(other, "Ada", [("x", picture("Ada", seed=3))]))
        grant(strict, "Ada")  # twice
        consent = strict.run(strict.consents.of_subject("Ada"))[0]
        done = strict.run(strict.consents.revoke(consent.id, reason="she asked"))
        assert (done.removed.references, done.removed.galleries, done.removed.whole) == (2, 1, False)
        assert len(done.consents) == 2
        assert matched(strict, "Ada") is None
        strict.gallery = other
        assert matched(strict, "Ada") == "Ada"
        assert all(one.revoked_at for one in strict.run(strict.consents.of_subject("Ada")))
        assert json.loads(done.receipt.document)["cause"] == "consent_revoked"

    @pytest.mark.parametrize("erase", [False, True])
    def test_revoking_erases_whoever_is_nowhere_else(self, strict: Bench, erase: bool) -> None:
        enrol(strict, "Ada", 1)
        consent = strict.run(strict.consents.of_subject("Ada"))[0]
        assert strict.run(strict.consents.revoke(consent.id, erase=erase)).removed.whole
        with pytest.raises(SubjectNotFound):
            strict.run(strict.subjects.get("Ada"))

    def test_a_face_of_nobody_is_refused(self, strict: Bench) -> None:
        with pytest.raises(ConsentMissing):
            strict.run(strict.index_faces(strict.gallery, picture("Ada")))
        options = IndexOptions(subject="Ada")
        assert strict.run(strict.index_faces(strict.gallery, picture("Ada"), options)).faces[0].reference_id


class TestReceipts:
    def test_an_erasure_is_signed_counted_and_bound_to_the_audit_log(self, bench: Bench) -> None:
        bench.policy(keep=Keep.SAMPLE)
        enrol(bench, "Ada", 1, 2)
        found = bench.run(bench.identify(bench.gallery, picture("Ada", seed=9)))
        bench.run(bench.record.identified(bench.gallery, found))
        head = bench.run(bench.audit.head())
        erased = bench.run(bench.erase("Ada", reason="she asked"))
        receipt = bench.run(bench.receipts.get(erased.receipt.id))
        Ed25519PublicKey.from_public_bytes(receipt.public_key).verify(
            receipt.signature, receipt.document.encode()
        )
        content = json.loads(receipt.document)
        assert content["audit_before"] == {"sequence": head.sequence, "digest": head.digest}
        assert "Ada" not in receipt.document
        counts = ("references_removed", "galleries_concerned", "images_removed", "events_anonymised")
        assert [content[name] for name in counts] == [2, 1, 2, 1]
        assert bench.entries()[-1].record.details["receipt"] == str(receipt.id)
        assert [one.id for one in bench.run(bench.receipts.page())] == [receipt.id]

    def test_all_receipts_of_an_installation_have_one_key(self, bench: Bench) -> None:
        keys = set()
        for name in ("Ada", "Grace"):
            enrol(bench, name, 1)
            keys.add(bench.run(bench.erase(name)).receipt.public_key)
        assert len(keys) == 1


class TestRecord:
    def test_a_capture_sent_twice_is_kept_once(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        origin = Origin(source="gate 1", reference="frame 17")
        found = bench.run(bench.identify(bench.gallery, picture("Ada", "Stranger", seed=9)))
        first = bench.run(bench.record.identified(bench.gallery, found, origin))
        before = len(bench.entries())
        again = bench.run(bench.record.identified(bench.gallery, found, origin))
        assert [event.id for event in again] == [event.id for event in first]
        assert [event.outcome for event in first] == [Outcome.MATCH, Outcome.NON_MATCH]
        assert len(bench.entries()) == before
        assert [bool(event.subject_id) for event in first] == [True, False]

    def test_decisions_are_audited_with_their_grounds_and_without_names(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        found = bench.run(bench.identify(bench.gallery, picture("Ada", seed=9)))
        (event,) = bench.run(bench.record.identified(bench.gallery, found))
        record = bench.entries()[-1].record
        assert record.action is Action.DECISION_IDENTIFIED
        assert record.target == f"gallery:{bench.gallery.id}"
        assert record.details["subject"] == str(event.subject_id)
        assert record.details["outcome"] == "match"
        assert {"score", "fmr", "fpir", "threshold", "model", "policy", "searched"} <= record.details.keys()
        assert "Ada" not in str(bench.entries())

    def test_rejected_faces_are_logged_and_not_audited(self, bench: Bench) -> None:
        found = bench.run(bench.identify(bench.gallery, picture("Ada", bad="too_dark")))
        (event,) = bench.run(bench.record.identified(bench.gallery, found))
        assert (event.kind, event.reasons) == (EventKind.REJECTED, ("too_dark",))
        assert Action.DECISION_IDENTIFIED not in actions(bench)

    def test_a_gallery_may_keep_no_log_but_decisions_are_audited(self, bench: Bench) -> None:
        bench.policy(event_days=0)
        enrol(bench, "Ada", 1)
        found = bench.run(bench.identify(bench.gallery, picture("Ada", seed=9)))
        bench.run(bench.record.identified(bench.gallery, found))
        assert actions(bench)[-1] is Action.DECISION_IDENTIFIED
        assert bench.run(bench.export_subject("Ada")).events == ()

    def test_verifications(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        claim = bench.run(bench.verify_subject(bench.gallery, "Ada", picture("Ada", seed=3)))
        assert bench.run(bench.record.verified(bench.gallery, claim)).subject_id is not None
        wrong = bench.run(bench.verify_subject(bench.gallery, "Ada", picture("Stranger")))
        assert bench.run(bench.record.verified(bench.gallery, wrong)).subject_id is None
        pair = bench.run(bench.verify(picture("Ada", seed=1), picture("Ada", seed=2)))
        assert bench.run(bench.record.verified(None, pair)).gallery_id is None
        assert actions(bench)[-3:] == [Action.DECISION_VERIFIED] * 3

    def test_an_event_names_nobody_who_was_erased_meanwhile(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        found = bench.run(bench.identify(bench.gallery, picture("Ada", seed=9)))
        bench.run(bench.erase("Ada"))
        (event,) = bench.run(bench.record.identified(bench.gallery, found))
        assert event.subject_id is None


class TestRetention:
    def test_old_references_and_events_go_and_the_log_says_so(self, bench: Bench) -> None:
        bench.policy(reference_days=30, event_days=10)
        enrol(bench, "Ada", 1, 2)
        found = bench.run(bench.identify(bench.gallery, picture("Ada", seed=9)))
        bench.run(bench.record.identified(bench.gallery, found))
        bench.clock.turn(days=9)
        assert bench.run(bench.retain()).galleries == ()
        bench.clock.turn(days=2)
        (done,) = bench.run(bench.retain()).galleries
        assert (done.references, done.events) == (0, 1)
        enrol(bench, "Grace", 1)
        bench.clock.turn(days=20)
        before = bench.entries()
        (would,) = bench.run(bench.retain(dry_run=True)).galleries
        assert bench.entries() == before
        assert matched(bench, "Ada") == "Ada"
        (done,) = bench.run(bench.retain()).galleries
        assert would.references == done.references == 2
        assert (matched(bench, "Ada"), matched(bench, "Grace")) == (None, "Grace")
        last = bench.entries()[-1].record
        assert (last.action, last.details["references"]) == (Action.RETENTION_APPLIED, 2)

    def test_batches(self, bench: Bench) -> None:
        bench.policy(reference_days=1)
        for name in ("Ada", "Grace", "Mary"):
            enrol(bench, name, 1, 2)
        bench.clock.turn(days=2)
        object.__setattr__(bench.retain, "batch", 4)
        (done,) = bench.run(bench.retain()).galleries
        assert done.references == 6
        assert actions(bench).count(Action.RETENTION_APPLIED) == 2

    def test_unknowns_who_were_only_remembered_go_wholly(self, bench: Bench) -> None:
        bench.policy(reference_days=1)
        ids = enrol(bench, "Ada", 1)
        bench.run(bench.subjects.create("unknown 1", [bench.gallery], kind=SubjectKind.ANONYMOUS))
        bench.run(bench.references.move(bench.gallery, ids, "unknown 1"))
        bench.clock.turn(days=2)
        bench.run(bench.retain())
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("unknown 1"))
        assert bench.run(bench.subjects.get("Ada")).subject.name == "Ada"

    def test_expired_consents_remove_what_depended_on_them(self, bench: Bench) -> None:
        bench.policy(consent="access")
        for name in ("Ada", "Grace"):
            bench.run(bench.subjects.create(name, [bench.gallery]))
        grant(bench, "Ada", expires_at=bench.clock.now().replace(day=3))
        grant(bench, "Grace")
        for name in ("Ada", "Grace"):
            enrol(bench, name, 1)
        bench.clock.turn(days=5)
        assert bench.run(bench.retain(dry_run=True)).consents == 1
        assert bench.run(bench.retain()).consents == 1
        assert bench.run(bench.retain()).consents == 0
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("Ada"))
        (receipt,) = bench.run(bench.receipts.page())
        assert json.loads(receipt.document)["cause"] == "consent_expired"
        assert matched(bench, "Grace") == "Grace"


class TestAudit:
    def test_the_chain_holds_and_every_change_is_in_it(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        bench.run(bench.subjects.rename("Ada", "Countess"))
        bench.run(bench.erase("Countess"))
        bench.run(bench.galleries.remove("staff"))
        report = bench.run(bench.audit.verify())
        assert (report.intact, report.entries) == (True, len(bench.entries()))
        assert actions(bench) == [
            Action.GALLERY_CREATED,
            Action.SUBJECT_ENROLLED,
            Action.SUBJECT_CHANGED,
            Action.SUBJECT_ERASED,
            Action.GALLERY_REMOVED,
        ]
        assert {str(entry.record.actor) for entry in bench.entries()} == {"local:uid-1"}

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_what_was_changed_or_removed_is_found(self, bench: Bench, place: int) -> None:
        enrol(bench, "Ada", 1)
        bench.run(bench.erase("Ada"))
        log = bench.store._tenants[DEFAULT_TENANT].audit
        whole = list(log)
        object.__setattr__(log[place].record, "target", "subject:somebody else")
        assert bench.run(bench.audit.verify()).broken == place + 1
        log[:] = [entry for number, entry in enumerate(whole) if number != place]
        report = bench.run(bench.audit.verify())
        if place < 2:
            assert report.broken == place + 1

    def test_a_log_that_was_cut_off_is_told_by_an_older_head(self, bench: Bench) -> None:
        enrol(bench, "Ada", 1)
        head = bench.run(bench.audit.head())
        assert bench.run(bench.audit.verify(head)).intact
        log = bench.store._tenants[DEFAULT_TENANT].audit
        del log[-1]
        assert bench.run(bench.audit.verify()).intact
        assert bench.run(bench.audit.verify(head)).broken == head.sequence

    def test_the_latest_come_first(self, bench: Bench) -> None:
        for name in ("Ada", "Grace", "Mary"):
            enrol(bench, name, 1)
        newest = bench.run(bench.audit.latest(limit=2))
        assert [entry.sequence for entry in newest] == [4, 3]
        assert [e.sequence for e in bench.run(bench.audit.latest(before=3, limit=9))] == [2, 1]


class TestReferences:
    def test_remove_and_move(self, bench: Bench) -> None:
        ada = enrol(bench, "Ada", 1, 2)
        enrol(bench, "Grace", 1)
        bench.run(bench.references.move(bench.gallery, ada[:1], "Grace"))
        kept = bench.run(bench.references.page(bench.gallery, subject="Grace"))
        assert len(kept) == 2
        assert kept[0].details.box is not None
        bench.run(bench.references.remove(bench.gallery, ada))
        assert len(bench.run(bench.references.page(bench.gallery))) == 1
        with pytest.raises(ReferenceNotFound):
            bench.run(bench.references.remove(bench.gallery, ada))
        assert actions(bench)[-2:] == [Action.REFERENCE_REMOVED] * 2

    def test_a_subject_gets_no_more_than_the_policy_allows(self, bench: Bench) -> None:
        ada = enrol(bench, "Ada", 1, 2)
        enrol(bench, "Grace", 1)
        bench.policy(max_references=2)
        with pytest.raises(GalleryFull):
            bench.run(bench.references.move(bench.gallery, ada, "Grace"))

    def test_what_is_kept_beside_a_reference(self, bench: Bench) -> None:
        bench.policy(keep=Keep.PHOTO)
        (reference,) = enrol(bench, "Ada", 1)
        kept = bench.run(bench.references.image(bench.gallery, reference, Keep.PHOTO))
        assert kept.content == picture("Ada", seed=1)
        bench.policy(keep=Keep.SAMPLE)
        (reference,) = enrol(bench, "Ada", 2)
        kept = bench.run(bench.references.image(bench.gallery, reference, Keep.SAMPLE))
        assert kept.content.startswith(b"\x89PNG")


class TestIndexFaces:
    def test_every_face_is_a_subject_of_its_own(self, bench: Bench) -> None:
        done = bench.run(
            bench.index_faces(bench.gallery, picture("Ada", "Grace", seed=1), IndexOptions(external_id="7"))
        )
        assert len({face.subject_id for face in done.faces}) == 2
        for face in done.faces:
            summary = bench.run(bench.references.get(bench.gallery, face.reference_id))
            assert (summary.kind, summary.subject) == (SubjectKind.FACE, str(face.reference_id))
            assert (summary.details.image_id, summary.details.external_id) == (done.image_id, "7")
        assert done.faces[1].details.box == (0.1, 0.0, 0.05, 0.5)
        assert matched(bench, "Grace") == str(done.faces[1].reference_id)

    def test_the_same_picture_again_adds_nothing(self, bench: Bench) -> None:
        shot = picture("Ada", "Grace")
        first = bench.run(bench.index_faces(bench.gallery, shot))
        again = bench.run(bench.index_faces(bench.gallery, shot))
        assert [f.reference_id for f in again.faces] == [f.reference_id for f in first.faces]
        assert all(face.known for face in again.faces)
        more = bench.run(bench.index_faces(bench.gallery, shot, IndexOptions(once=False)))
        assert not {f.reference_id for f in more.faces} & {f.reference_id for f in first.faces}

    def test_each_face_that_is_not_taken_says_why(self, bench: Bench) -> None:
        def reasons(data: bytes, **options: object) -> list[tuple[str, ...]]:
            done = bench.run(bench.index_faces(bench.gallery, data, IndexOptions(**options)))
            return [face.reasons for face in done.faces]

        assert reasons(picture("Ada", bad="too_dark")) == [("too_dark",)]
        assert reasons(picture("Ada", quality=1.0)) == [("low_quality",)]
        assert reasons(picture("Ada", quality=1.0), policy_quality=False) == [()]
        assert reasons(picture("Ada", "Grace", seed=3), max_faces=1) == [(), ("exceeds_max_faces",)]
        enrol(bench, "Mary", 1)
        assert reasons(picture("Stranger"), subject="Mary", guard=True) == [("wrong_subject",)]
        bench.policy(max_references=1)
        assert reasons(picture("Mary", seed=8), subject="Mary") == [("exceeds_max_references",)]

    def test_a_face_of_nobody_goes_with_its_reference(self, bench: Bench) -> None:
        (face,) = bench.run(bench.index_faces(bench.gallery, picture("Ada"))).faces
        bench.run(bench.references.remove(bench.gallery, [face.reference_id]))
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get(face.subject_id))


def test_a_subject_gets_everything_that_is_kept_of_it(strict: Bench) -> None:
    enrol(strict, "Ada", 1, 2)
    found = strict.run(strict.identify(strict.gallery, picture("Ada", seed=9)))
    strict.run(strict.record.identified(strict.gallery, found))
    exported = strict.run(strict.export_subject("Ada"))
    assert (len(exported.references), len(exported.consents), len(exported.events)) == (2, 1, 1)
    assert all(reference.template is None for reference in exported.references)
    assert [entry.record.action for entry in exported.audit] == [
        Action.SUBJECT_CREATED,
        Action.SUBJECT_CHANGED,
        Action.CONSENT_GRANTED,
        Action.SUBJECT_ENROLLED,
        Action.DECISION_IDENTIFIED,
    ]
    assert actions(strict)[-1] is Action.SUBJECT_EXPORTED
    with_templates = strict.run(strict.export_subject("Ada", templates=True))
    assert all(reference.template is not None for reference in with_templates.references)
