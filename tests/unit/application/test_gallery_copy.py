"""A copy of a gallery: what it becomes page by page, and what it decides."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.contract.making import MODEL, OTHER_MODEL, a_calibration, a_template
from visavis.application.copy_pages import CopiedSubject, CopyPage, Terms, decoded_page, encoded_page
from visavis.application.gallery_copy import GalleryCopy
from visavis.domain.decision import Outcome
from visavis.domain.errors import FileUnreadable, ModelMismatch, PreconditionFailed
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import Template

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TERMS = Terms(
    gallery="Tür",
    gallery_id=GalleryId(uuid.uuid4()),
    epoch="e",
    policy=Policy(name="strict", fmr=1e-4, fpir=1e-2, band=5.0),
    calibration=a_calibration(),
)


def a_subject(*templates: Template, counted: int = 0, until: datetime | None = None) -> CopiedSubject:
    return CopiedSubject(
        subject_id=SubjectId(uuid.uuid4()),
        references=len(templates) or counted,
        vectors=np.stack([one.vector for one in templates])
        if templates
        else np.empty((0, MODEL.dimension), np.float32),
        norms=np.array([one.norm for one in templates], np.float32),
        until=until,
    )


def like(one: Template, other: Template, share: float) -> Template:
    """Between the two, as much of the other as `share` says."""
    vector = (1 - share) * one.vector + share * other.vector
    return Template(
        vector=(vector / np.linalg.norm(vector)).astype(np.float32), norm=one.norm, model=one.model
    )


def a_page(*subjects: CopiedSubject, after: int = 0, version: int = 1, minute: int = 0) -> CopyPage:
    return CopyPage(
        terms=TERMS,
        after=after,
        version=version,
        more=False,
        as_of=NOW + timedelta(minutes=minute),
        subjects=subjects,
    )


def test_a_page_comes_back_as_it_went() -> None:
    subjects = [
        a_subject(a_template(), a_template()),
        a_subject(counted=3),
        a_subject(a_template(), until=NOW),
    ]
    page = replace(a_page(*subjects), gone=frozenset({SubjectId(uuid.uuid4())}), more=True)
    found = decoded_page(encoded_page(page))
    assert found.terms == TERMS
    assert (found.after, found.version, found.more, found.as_of, found.gone) == (0, 1, True, NOW, page.gone)
    for one, other in zip(found.subjects, subjects, strict=True):
        assert (one.subject_id, one.references, one.until) == (
            other.subject_id,
            other.references,
            other.until,
        )
        assert np.array_equal(one.vectors, other.vectors)
        assert np.array_equal(one.norms, other.norms)


def test_denied_looks_travel_with_their_subject() -> None:
    looks = (a_template(), a_template(), a_template())
    subjects = [
        replace(a_subject(a_template()), denied=looks[:1]),
        a_subject(a_template(), a_template()),
        replace(a_subject(a_template()), denied=looks[1:]),
    ]
    found = decoded_page(encoded_page(a_page(*subjects))).subjects
    assert [len(one.denied) for one in found] == [1, 0, 2]
    told = [look for one in found for look in one.denied]
    assert [(one.vector.tobytes(), one.norm, one.model) for one in told] == [
        (one.vector.tobytes(), float(np.float32(one.norm)), one.model) for one in looks
    ]
    assert [len(one.norms) for one in found] == [1, 2, 1]


def test_a_page_without_denied_looks_is_as_it_was_before_there_were_any() -> None:
    content = encoded_page(a_page(a_subject(a_template())))
    head = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])
    assert [len(row) for row in head["subjects"]] == [4]


def test_a_look_that_was_denied_is_not_the_subject() -> None:
    face, stranger = a_template(), a_template()
    look = like(face, stranger, 0.5)
    before = a_subject(face)
    copy = GalleryCopy.of(a_page(before))
    assert copy.decide(look, NOW).subject_id == before.subject_id
    after = GalleryCopy.of(a_page(replace(before, denied=(look,))))
    denied = after.decide(look, NOW)
    assert (denied.subject_id, denied.decision.reasons) == (None, ("denied_before",))
    assert after.decide(like(face, stranger, 0.05), NOW).subject_id == before.subject_id


@pytest.mark.parametrize("end", [0, 3, 4, 100, -1])
def test_a_page_that_was_cut_off_is_refused(end: int) -> None:
    with pytest.raises(FileUnreadable):
        decoded_page(encoded_page(a_page(a_subject(a_template())))[:end])


def test_pages_follow_each_other() -> None:
    one, two, three = (a_subject(a_template()) for _ in range(3))
    copy = GalleryCopy.of(a_page(one, two, version=2))
    page = replace(a_page(three, after=2, version=4, minute=1), gone=frozenset({one.subject_id}))
    then = copy.followed_by(page)
    assert set(then.subjects) == {two.subject_id, three.subject_id}
    assert (then.version, then.as_of) == (4, NOW + timedelta(minutes=1))
    assert set(copy.subjects) == {one.subject_id, two.subject_id}
    for wrong in (replace(page, after=3), replace(page, as_of=NOW - timedelta(minutes=1))):
        with pytest.raises(PreconditionFailed):
            copy.followed_by(wrong)
    anew = copy.followed_by(a_page(three, version=9))
    assert set(anew.subjects) == {three.subject_id}
    with pytest.raises(PreconditionFailed):
        GalleryCopy.of(page)


def test_an_empty_copy_matches_nobody() -> None:
    decision = GalleryCopy.of(a_page()).decide(a_template(), NOW)
    assert (decision.decision.outcome, decision.subject_id, decision.searched) == (Outcome.NON_MATCH, None, 0)


def test_who_may_not_be_found_is_counted_only() -> None:
    probe = a_template()
    late = a_subject(probe, until=NOW)
    copy = GalleryCopy.of(a_page(late, a_subject(counted=4)))
    assert copy.decide(probe, NOW - timedelta(seconds=1)).subject_id == late.subject_id
    after = copy.decide(probe, NOW)
    assert (after.subject_id, after.searched) == (None, 5)


def test_a_probe_of_another_model_is_refused() -> None:
    with pytest.raises(ModelMismatch):
        GalleryCopy.of(a_page(a_subject(a_template()))).decide(a_template(OTHER_MODEL), NOW)
