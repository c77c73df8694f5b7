"""Documents: stable names, stable fields, built from domain values."""

import json
import re
import uuid

import pytest

from tests.unit.wire import values
from visavis.domain.decision import Measure, Outcome
from visavis.domain.errors import AlreadyEnrolled, NoFace
from visavis.domain.sample import Reason
from visavis.domain.subject import Subject, SubjectId
from visavis.wire.catalogue import DOCUMENTS
from visavis.wire.decisions import CandidateNote, DecisionNote
from visavis.wire.descriptors import DescriptorPair
from visavis.wire.enrolment import EnrolFolderDocument, EnrolFolderSubjectDocument, EnrolledPhoto
from visavis.wire.errors import ErrorDocument, problem
from visavis.wire.faces import FaceNote
from visavis.wire.galleries import GalleriesDocument, GalleryEntry, SubjectEntry
from visavis.wire.installation import DoctorDocument, Finding
from visavis.wire.model import Document
from visavis.wire.packs import FileCheck, ModelDocument, ModelsVerifyDocument, PackEntry, PackUse
from visavis.wire.photos import IdentifiedFace, VerifyDocument, VerifySide


def test_names_are_unique_and_versioned() -> None:
    names = [document.name() for document in DOCUMENTS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"visavis\.[a-z.-]+/\d+", name) for name in names)


def test_the_catalogue_has_every_document() -> None:
    assert set(DOCUMENTS) == set(Document.__subclasses__())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name())
def test_every_document_has_a_json_schema_in_snake_case_and_is_described(document: type[Document]) -> None:
    schema = document.model_json_schema(mode="serialization")
    parts = [schema, *schema.get("$defs", {}).values()]
    fields = [name for part in parts for name in part.get("properties", {})]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in fields)
    assert schema["properties"]["schema"]["const"] == document.name()
    assert document.__doc__
    assert document.title


def test_a_document_is_read_again_as_it_was_written() -> None:
    written = problem(NoFace())
    assert ErrorDocument.model_validate_json(written.line()) == written
    assert "\n" not in written.line()
    assert json.loads(written.pretty()) == json.loads(written.line())


def test_readers_ignore_fields_they_do_not_know() -> None:
    line = problem(NoFace()).line().replace("{", '{"later": 1, ', 1)
    assert ErrorDocument.model_validate_json(line).code == "no_face"


def test_a_decision_carries_its_evidence() -> None:
    note = DecisionNote.of(values.decision())
    data = json.loads(note.model_dump_json())
    assert data["outcome"] == "match"
    assert data["score"] == 0.712346
    assert data["distance"] == pytest.approx(0.758491, abs=1e-6)
    assert data["fmr"] == 4.2e-7
    assert data["fmr_extrapolated"] is True
    assert data["fpir"] is None
    assert data["threshold"] == {
        "value": 0.42,
        "fmr": 1e-4,
        "extrapolated": False,
        "fmr_low": None,
        "fmr_high": None,
    }
    assert data["model"] == values.MODEL.key
    assert data["calibration"] == "some photos"
    assert data["policy"] == "balanced"


def test_a_decision_without_a_score_has_none() -> None:
    note = DecisionNote.of(values.decision(Outcome.NON_MATCH, score=None))
    assert (note.score, note.fmr, note.distance, note.fmr_extrapolated) == (None, None, None, False)


def test_only_a_match_has_a_name() -> None:
    face = FaceNote.of(values.face(), values.quality())
    found = values.candidates("ada", "grace")
    named = IdentifiedFace.of(face, values.decision(fpir=1e-5), found)
    unsure = IdentifiedFace.of(face, values.decision(Outcome.INCONCLUSIVE, fpir=1e-2), found)
    assert named.subject == "ada"
    assert unsure.subject is None
    assert [candidate.rank for candidate in named.candidates] == [1, 2]
    assert (named.searched, named.subjects) == (6, 2)


def test_a_refused_face_says_why() -> None:
    note = FaceNote.of(values.face(), values.quality(None), (Reason.TOO_DARK,))
    assert not note.accepted
    assert note.reasons[0].code == "too_dark"
    assert note.reasons[0].advice == Reason.TOO_DARK.advice
    assert note.quality.unified is None
    assert [point.name for point in note.landmarks][:2] == ["right_eye", "left_eye"]


def test_quality_may_come_from_the_template() -> None:
    assert FaceNote.of(values.face(), values.quality(None), unified=41.0).quality.unified == 41.0


def test_every_report_names_the_licences() -> None:
    use = PackUse.of(values.pack(commercial=False))
    assert not use.commercial
    assert use.licences == ("MIT", "Research")
    document = VerifyDocument(
        decision=DecisionNote.of(values.decision()), reference=VerifySide(), probe=VerifySide(), pack=use
    )
    assert json.loads(document.pretty())["pack"]["licences"] == ["MIT", "Research"]


def test_a_pack_is_described_with_licence_and_calibration() -> None:
    document = ModelDocument.of(values.pack(), PackEntry.of(values.pack(), installed=True, default=False))
    assert document.artefacts[0].source == "the PyPI distribution some-package 1.0"
    assert document.artefacts[0].licence.words == "What one may do."
    assert document.calibrations[0].lowest_fmr == 1e-4
    assert document.input == "112×112 px, BGR, (value − 127.5) / 128"


def test_missing_graphs_are_not_damage() -> None:
    files = [FileCheck(pack="p", name="n", path="/x", condition=c) for c in ("intact", "missing")]
    assert ModelsVerifyDocument.of(files).intact
    damaged = FileCheck(pack="p", name="n", path="/x", condition="damaged")
    assert not ModelsVerifyDocument.of([*files, damaged]).intact


@pytest.mark.parametrize(
    ("error", "reference", "outcome"),
    [
        (None, uuid.UUID(int=1), "enrolled"),
        (AlreadyEnrolled(), None, "already_enrolled"),
        (NoFace(), None, "refused"),
    ],
)
def test_the_outcome_of_a_photo(error: AlreadyEnrolled | None, reference: object, outcome: str) -> None:
    note = EnrolledPhoto.of("a.jpg", reference_id=reference, quality=None, error=error)
    assert note.outcome == outcome
    assert (note.error is None) == (error is None)


def test_a_folder_is_summed_up() -> None:
    photos = (
        EnrolledPhoto.of("1.jpg", reference_id=uuid.UUID(int=1), quality=90.0, error=None),
        EnrolledPhoto.of("2.jpg", reference_id=None, quality=None, error=NoFace()),
        EnrolledPhoto.of("3.jpg", reference_id=None, quality=None, error=AlreadyEnrolled()),
    )
    lines = [
        EnrolFolderSubjectDocument(subject="ada", subject_id=None, enrolled=1, photos=photos),
        EnrolFolderSubjectDocument(
            subject="?", subject_id=None, enrolled=0, photos=(), error=problem(NoFace())
        ),
    ]
    summary = EnrolFolderDocument.of(
        lines,
        folder="staff",
        gallery="default",
        pack=PackUse.of(values.pack()),
        remaining=4,
        ignored_files=2,
        seconds=1.5,
    )
    assert (summary.subjects, summary.photos, summary.failed, summary.remaining) == (2, 3, 1, 4)
    assert (summary.enrolled, summary.refused, summary.already_enrolled) == (1, 1, 1)
    assert summary.reasons == {"no_face": 2}


def test_galleries_and_subjects() -> None:
    entry = GalleryEntry.of(values.gallery(), subjects=2, references=6)
    data = json.loads(GalleriesDocument(galleries=(entry,)).pretty())["galleries"][0]
    assert data["policy"]["fpir"] == 1e-3
    assert data["created_at"] == "2026-01-02T03:04:05Z"
    subject = Subject(id=SubjectId(uuid.UUID(int=3)), name="ada", created_at=values.WHEN)
    assert SubjectEntry.of(subject, [("staff", 2), ("watch", 1)]).references == 3


def test_descriptor_pairs_match_up_to_the_tolerance() -> None:
    fmr = values.calibration(Measure.EUCLIDEAN).fmr_at(0.4)
    assert DescriptorPair.of("a", "b", distance=0.6, tolerance=0.6, fmr=fmr).match
    assert not DescriptorPair.of("a", "b", distance=0.6001, tolerance=0.6, fmr=None).match


def test_warnings_leave_the_installation_healthy() -> None:
    warning = Finding(check="extra", state="warning", message="missing")
    assert DoctorDocument.of([warning], version="1").healthy
    assert not DoctorDocument.of(
        [warning, Finding(check="key", state="problem", message="open")], version="1"
    ).healthy


def test_candidates_say_which_reference_matched() -> None:
    (candidate,) = values.candidates("ada").candidates
    assert CandidateNote.of(candidate, 1).reference_id is None
