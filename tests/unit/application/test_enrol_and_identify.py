"""Enrol, identify, verify, erase: the use cases over memory."""

import json

import numpy as np
import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import features, picture
from visavis.application.enrol import EnrolOptions
from visavis.application.import_descriptors import Descriptor
from visavis.application.ports.store import Change
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    AlreadyEnrolled,
    GalleryFull,
    GalleryNotFound,
    ManyFaces,
    NoFace,
    QualityTooLow,
    SubjectNotFound,
    ValueInvalid,
    VisavisError,
    WrongSubject,
)
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT


def enrol(bench: Bench, name: str, *pictures: bytes, **options: bool) -> list[VisavisError | None]:
    named = [(f"photo {number}", data) for number, data in enumerate(pictures)]
    result = bench.run(bench.enrol(bench.gallery, name, named, EnrolOptions(**options)))
    assert [photo.source for photo in result.results] == [source for source, _ in named]
    return [photo.error for photo in result.results]


def who(bench: Bench, data: bytes) -> list[tuple[str | None, Outcome | None]]:
    found = bench.run(bench.identify(bench.gallery, data))
    return [
        (
            one.candidates.best.name if one.candidates and one.candidates.best else None,
            one.decision.outcome if one.decision else None,
        )
        for one in found
    ]


def test_enrolled_subjects_are_found_and_strangers_are_not(bench: Bench) -> None:
    for name in ("Ada", "Grace", "Mary"):
        assert enrol(bench, name, *(picture(name, seed=seed) for seed in (1, 2, 3))) == [None] * 3
    assert who(bench, picture("Grace", "Ada", seed=9)) == [("Grace", Outcome.MATCH), ("Ada", Outcome.MATCH)]
    ((_, outcome),) = who(bench, picture("Stranger"))
    assert outcome is Outcome.NON_MATCH


def test_an_empty_gallery_knows_nobody(bench: Bench) -> None:
    assert who(bench, picture("Ada")) == [(None, Outcome.NON_MATCH)]
    assert who(bench, picture()) == []


def test_rejected_faces_are_reported_without_a_decision(bench: Bench) -> None:
    (found,) = bench.run(bench.identify(bench.gallery, picture("Ada", bad="too_dark")))
    assert found.decision is None
    assert found.found.reasons == ("too_dark",)


def test_candidates_are_subjects_and_name_the_reference(bench: Bench) -> None:
    enrol(bench, "Ada", *(picture("Ada", seed=seed) for seed in (1, 2, 3)))
    (found,) = bench.run(bench.identify(bench.gallery, picture("Ada", seed=2)))
    assert [candidate.name for candidate in found.candidates.candidates] == ["Ada"]
    assert found.candidates.searched == 3
    assert found.candidates.best.reference_id is not None  # the same picture beats the mean
    (other,) = bench.run(bench.identify(bench.gallery, picture("Ada", seed=77)))
    assert other.candidates.best.reference_id is None  # an unseen one is nearest to the mean


def test_each_bad_photo_says_why_and_the_good_ones_are_kept(bench: Bench) -> None:
    errors = enrol(
        bench,
        "Ada",
        picture("Ada", seed=1),
        picture(),
        picture("Ada", "Grace"),
        picture("Ada", bad="too_small"),
        picture("Ada", seed=2, quality=1.0),
        picture("Ada", seed=1),
        picture("Ada", seed=3),
    )
    kinds = [type(error) for error in errors]
    assert kinds == [type(None), NoFace, ManyFaces, QualityTooLow, QualityTooLow, AlreadyEnrolled, type(None)]
    assert errors[3] is not None
    assert "closer" in errors[3].advice
    (summary,) = bench.run(bench.galleries.all())
    assert (summary.subjects, summary.references) == (1, 2)


def test_nothing_is_stored_for_a_subject_whose_photos_are_all_refused(bench: Bench) -> None:
    enrol(bench, "Ada", picture())
    assert bench.run(bench.galleries.subjects()) == []


def test_the_largest_of_several_faces_can_be_taken(bench: Bench) -> None:
    assert enrol(bench, "Ada", picture("Ada", "Grace"), largest=True) == [None]
    assert who(bench, picture("Ada", seed=5)) == [("Ada", Outcome.MATCH)]


def test_a_photo_of_another_subject_is_refused_unless_forced(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1), picture("Ada", seed=2))
    (error,) = enrol(bench, "Grace", picture("Ada", seed=3))
    assert isinstance(error, WrongSubject)
    assert "Ada" in error.message
    assert enrol(bench, "Grace", picture("Ada", seed=3), force=True) == [None]


@pytest.mark.parametrize("wrong_place", [0, 1, 2])
def test_a_stranger_among_a_subjects_photos_is_refused_wherever_it_stands(
    bench: Bench, wrong_place: int
) -> None:
    pictures = [picture("Ada", seed=seed) for seed in (1, 2)]
    pictures.insert(wrong_place, picture("Stranger"))
    errors = enrol(bench, "Ada", *pictures)
    assert [isinstance(error, WrongSubject) for error in errors] == [n == wrong_place for n in range(3)]


def test_a_later_photo_must_look_like_the_earlier_ones(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    (error,) = enrol(bench, "Ada", picture("Stranger"))
    assert isinstance(error, WrongSubject)


def test_a_duplicate_subject_is_reported(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    enrol(bench, "A. Lovelace", picture("Ada", seed=2), force=True)
    result = bench.run(bench.enrol(bench.gallery, "Ada", [("x", picture("Ada", seed=1, noise=0.31))]))
    assert result.enrolled == 1
    assert [candidate.name for candidate in result.resembles] == ["A. Lovelace"]


def test_the_policy_bounds_references_and_capacity(bench: Bench) -> None:
    bench.gallery = bench.run(bench.galleries.set_policy("staff", Policy(max_references=2, capacity=4)))
    errors = enrol(bench, "Ada", *(picture("Ada", seed=seed) for seed in (1, 2, 3)))
    assert [type(error) for error in errors] == [type(None), type(None), GalleryFull]
    with pytest.raises(GalleryFull):
        enrol(bench, "Grace", *(picture("Grace", seed=seed) for seed in (1, 2, 3)))


def test_what_one_process_enrols_or_erases_the_others_know_at_once(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    other = bench.another_process()

    def seen_by_other(data: bytes) -> Outcome:
        (found,) = bench.run(other(bench.gallery, data))
        outcome: Outcome = found.decision.outcome
        return outcome

    assert seen_by_other(picture("Grace", seed=2)) is Outcome.NON_MATCH
    enrol(bench, "Grace", picture("Grace", seed=1))
    assert seen_by_other(picture("Grace", seed=2)) is Outcome.MATCH
    bench.run(bench.erase("Grace"))
    assert seen_by_other(picture("Grace", seed=2)) is Outcome.NON_MATCH
    assert seen_by_other(picture("Ada", seed=2)) is Outcome.MATCH


async def changes(bench: Bench) -> list[Change]:
    async with bench.store.transaction(DEFAULT_TENANT) as work:
        return await work.references.changes(bench.gallery.id, after=0)


def test_a_removed_gallery_is_not_searched_and_its_index_is_freed(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    search = bench.identify.search
    assert list(search._projections) == [bench.gallery.id]
    bench.run(bench.galleries.remove("staff"))
    with pytest.raises(GalleryNotFound):
        bench.run(bench.identify(bench.gallery, picture("Ada", seed=2)))
    assert search._projections == {}


def test_pruning_frees_the_indexes_of_removed_galleries_only(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    search = bench.identify.search
    bench.run(search.prune())
    assert list(search._projections) == [bench.gallery.id]
    bench.run(bench.galleries.remove("staff"))
    bench.run(search.prune())
    assert search._projections == {}


def test_an_erased_subject_never_matches_even_from_a_stale_index(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1))
    assert who(bench, picture("Ada", seed=2)) == [("Ada", Outcome.MATCH)]
    projection = bench.identify.search._projections[bench.gallery.id]
    bench.run(bench.erase("Ada"))
    (change,) = bench.run(changes(bench))
    projection.index.advance(change.sequence)  # as if it had been told of it
    assert len(projection.index) == 1
    assert who(bench, picture("Ada", seed=2)) == [(None, Outcome.NON_MATCH)]


def test_erasing_says_what_it_removed(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1), picture("Ada", seed=2))
    erasure = bench.run(bench.erase("Ada"))
    assert (erasure.references, erasure.galleries) == (2, 1)
    with pytest.raises(SubjectNotFound):
        bench.run(bench.erase("Ada"))


def test_verification_of_two_pictures(bench: Bench) -> None:
    same = bench.run(bench.verify(picture("Ada", seed=1), picture("Ada", seed=2)))
    assert same.decision.outcome is Outcome.MATCH
    assert same.decision.fmr.value < 1e-4
    other = bench.run(bench.verify(picture("Ada"), picture("Stranger")))
    assert other.decision.outcome is not Outcome.MATCH
    with pytest.raises(NoFace):
        bench.run(bench.verify(picture(), picture("Ada")))


def test_verification_of_a_claim(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1), picture("Ada", seed=2))
    claim = bench.run(bench.verify_subject(bench.gallery, "Ada", picture("Ada", seed=3)))
    assert claim.decision.outcome is Outcome.MATCH
    wrong = bench.run(bench.verify_subject(bench.gallery, "Ada", picture("Stranger")))
    assert wrong.decision.outcome is not Outcome.MATCH
    with pytest.raises(SubjectNotFound):
        bench.run(bench.verify_subject(bench.gallery, "Nobody", picture("Ada")))


def test_several_pictures_together_beat_each_alone(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1, noise=0.1))
    noisy = [picture("Ada", seed=seed, noise=1.8) for seed in range(20, 26)]
    alone = [bench.run(bench.identify(bench.gallery, data))[0].decision.score.value for data in noisy]
    fused = bench.run(bench.identify.together(bench.gallery, noisy))
    assert fused.decision.score.value > max(alone)
    assert fused.decision.outcome is Outcome.MATCH
    with pytest.raises(ValueInvalid):
        bench.run(bench.identify.together(bench.gallery, []))


def test_descriptors_are_imported_once(bench: Bench) -> None:
    given = [
        Descriptor(subject=name, features=features(name, 0.2, seed))
        for name in ("Ada", "Grace")
        for seed in (1, 2)
    ]
    assert bench.run(bench.import_descriptors(bench.gallery, given)) == 4
    assert bench.run(bench.import_descriptors(bench.gallery, given)) == 0
    assert who(bench, picture("Ada", seed=5)) == [("Ada", Outcome.MATCH)]
    bad = [Descriptor(subject="Mary", features=np.zeros(64, np.float32))]
    with pytest.raises(ValueInvalid):
        bench.run(bench.import_descriptors(bench.gallery, bad))
    assert len(bench.run(bench.galleries.subjects())) == 2


def test_several_photos_of_another_subject_do_not_vouch_for_each_other(bench: Bench) -> None:
    enrol(bench, "Ada", picture("Ada", seed=1, noise=0.5))
    errors = enrol(bench, "Grace", *(picture("Ada", seed=seed, noise=0.1) for seed in (2, 3)))
    assert [type(error) for error in errors] == [WrongSubject, WrongSubject]


def test_a_look_alike_does_not_keep_a_photo_out_that_the_others_vouch_for(bench: Bench) -> None:
    # a photo between two people: it matches the one who is enrolled, but is nearer to its own sibling
    enrol(bench, "Grace", picture("Grace", seed=1, noise=0.0))
    between = json.dumps([["Ada+Grace"], 0.0, 0, 80.0, ""]).encode()
    errors = enrol(bench, "Ada", picture("Ada", seed=2, noise=0.0), between)
    assert errors == [None, None]
    (alone,) = enrol(bench, "Mary", json.dumps([["Ada+Grace"], 0.0, 1, 80.0, ""]).encode())
    assert isinstance(alone, WrongSubject)
