"""What people read."""

import uuid
from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console

from tests.unit.wire import values
from visavis.cli import (
    descriptors,
    detect,
    doctor,
    enrol,
    enrol_folder,
    galleries,
    identify,
    models,
    service,
    subjects,
    verify,
)
from visavis.cli.sentences import bytes_in_words, counted, listed, odds, rate, strangers
from visavis.domain.decision import Measure, Outcome
from visavis.domain.errors import NoFace
from visavis.domain.sample import Reason
from visavis.domain.subject import SubjectId
from visavis.wire.decisions import CandidateNote, DecisionNote
from visavis.wire.descriptors import CompareDescriptorsDocument, DescriptorPair, ImportDescriptorsDocument
from visavis.wire.enrolment import EnrolDocument, EnrolFolderDocument, EnrolledPhoto
from visavis.wire.errors import problem
from visavis.wire.faces import FaceNote
from visavis.wire.galleries import EraseDocument, GalleriesDocument, GalleryEntry, SubjectsDocument
from visavis.wire.installation import DoctorDocument, Finding, KeysRotateDocument, SignInNote, UpDocument
from visavis.wire.packs import ModelDocument, ModelsDocument, PackEntry, PackUse
from visavis.wire.photos import (
    DetectDocument,
    DetectedPhoto,
    IdentifiedFace,
    IdentifyDocument,
    IdentifyResult,
    VerifyDocument,
    VerifySide,
)

PACK = PackUse.of(values.pack())


def shown(render: Callable[[Console], None]) -> str:
    console = Console(file=StringIO(), width=160, markup=False, highlight=False, emoji=False)
    render(console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.0, "most"),
        (0.5, "most"),
        (0.4, "1 in 2.5"),
        (0.1, "1 in 10"),
        (0.079, "1 in 13"),
        (1e-3, "1 in 1,000"),
        (1 / 12345, "1 in 12,300"),
        (1e-4, "1 in 10,000"),
        (1 / 2.44e6, "1 in 2.4 million"),
        (1 / 407e6, "1 in 407 million"),
        (1e-6, "1 in 1 million"),
        (9.996e-7, "1 in 1 million"),
        (1e-9, "1 in 1 billion"),
        (1e-12, "1 in 1 trillion"),
    ],
)
def test_odds(value: float, words: str) -> None:
    assert odds(value) == words


def test_words() -> None:
    assert strangers(1 / 2.4e6, supported=1e-7) == "1 in 2.4 million strangers would score this high"
    assert strangers(1e-9, supported=1e-8).startswith("fewer than 1 in 100 million")
    assert strangers(None, supported=1e-6) == "there was nothing to compare with"
    assert (rate(1e-4), rate(0.0123)) == ("1e-04", "0.012")
    assert (counted(1, "face"), counted(1200, "gallery", "galleries")) == ("1 face", "1,200 galleries")
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert (bytes_in_words(999), bytes_in_words(4_884_269)) == ("999 bytes", "4.9 MB")


def verification(outcome: Outcome) -> str:
    face = FaceNote.of(values.face(), values.quality(91.0))
    document = VerifyDocument(
        decision=DecisionNote.of(values.decision(outcome)),
        reference=VerifySide(photo="some/a.jpg", face=face),
        probe=VerifySide(photo="b.jpg", face=face),
        pack=PACK,
    )
    return shown(lambda console: verify.render(console, document))


def test_a_verification_is_a_sentence_and_its_evidence() -> None:
    text = verification(Outcome.MATCH)
    assert text.splitlines()[0] == "match — fewer than 1 in 100,000 strangers would score this high"
    assert "0.712 cosine" in text
    assert "0.420 for a match at 1 in 10,000" in text
    assert "a.jpg 91 · b.jpg 91" in text
    assert "standard, calibrated on some photos" in text
    assert verification(Outcome.NON_MATCH).startswith("no match — ")
    assert verification(Outcome.INCONCLUSIVE).startswith("inconclusive — ")


def test_detection() -> None:
    faces = (
        FaceNote.of(values.face(), values.quality(87.4)),
        FaceNote.of(values.face(), values.quality(None), (Reason.TOO_DARK, Reason.TOO_SMALL)),
    )
    photos = (
        DetectedPhoto(photo="a[1].jpg", width=640, height=480, faces=faces),
        DetectedPhoto(photo="empty.jpg", width=10, height=10),
        DetectedPhoto(photo="x.jpg", error=problem(NoFace("Broken."))),
    )
    text = shown(lambda console: detect.render(console, DetectDocument(pack=PACK, photos=photos)))
    assert "a[1].jpg (640×480): 2 faces" in text
    assert "70×80" in text
    assert " 87 " in text
    assert "too dark, too small" in text
    assert "empty.jpg (10×10): no face" in text
    assert "✗ x.jpg: Broken." in text


def identified(outcome: Outcome | None) -> IdentifiedFace:
    reasons = () if outcome else (Reason.TOO_BLURRED,)
    face = FaceNote.of(values.face(), values.quality(), reasons)
    if outcome is None:
        return IdentifiedFace.of(face, None, None)
    return IdentifiedFace.of(face, values.decision(outcome, fpir=1e-5), values.candidates("ada", "grace"))


def test_identification_names_only_matches() -> None:
    outcomes = (Outcome.MATCH, Outcome.INCONCLUSIVE, Outcome.NON_MATCH, None)
    result = IdentifyResult(photos=("party.jpg",), faces=tuple(identified(outcome) for outcome in outcomes))
    document = IdentifyDocument(gallery="staff", pack=PACK, results=(result,))
    lines = shown(lambda console: identify.render(console, document)).splitlines()
    rows = [line.split() for line in lines[3:]]
    assert lines[0] == "party.jpg: 4 faces"
    assert [row[1] for row in rows] == ["ada", "ada?", "unknown", "–"]
    assert "fewer than 1 in 4,200" in lines[3]  # as far as the data goes, for this many references
    assert lines[3].rstrip().endswith("grace 0.600")
    assert "refused: too blurred" in lines[6]


def test_enrolment() -> None:
    photos = (
        EnrolledPhoto.of("in/1.jpg", reference_id=uuid.UUID(int=1), quality=93.0, error=None),
        EnrolledPhoto.of("in/2.jpg", reference_id=None, quality=None, error=NoFace()),
    )
    document = EnrolDocument(
        gallery="staff",
        subject="Ada [x]",
        subject_id=None,
        enrolled=1,
        photos=photos,
        resembles=(CandidateNote.of(values.candidates("grace").candidates[0], 1),),
        pack=PACK,
    )
    text = shown(lambda console: enrol.render(console, document))
    assert "✓ 1.jpg enrolled (quality 93)" in text
    assert "✗ 2.jpg: No face was found in the image. Use a photo" in text
    assert "Ada [x]: 1 of 2 photos enrolled in staff" in text
    assert "also looks like grace" in text


def test_a_folder_is_reported_briefly() -> None:
    document = EnrolFolderDocument(
        folder="in", gallery="staff", pack=PACK, subjects=12, remaining=0, failed=0, photos=1200,
        enrolled=1190, already_enrolled=0, refused=10, reasons={"no_face": 10}, ignored_files=0, seconds=60.0,
    )  # fmt: skip
    text = shown(lambda console: enrol_folder.render(console, document))
    assert "12 subjects, 1,200 photos in 60.0 s (20.0 photos/s), gallery staff" in text
    assert "1,190" in text
    assert "no face" in text
    assert "already there" not in text


def test_galleries_and_subjects() -> None:
    entry = GalleryEntry.of(values.gallery(), subjects=1234, references=5000)
    text = shown(lambda console: galleries.render(console, GalleriesDocument(galleries=(entry,))))
    assert all(word in text for word in ("staff", "access", "1,234", "1 in 10,000", "1 in 1,000", "cosine"))
    nobody = SubjectsDocument(gallery=None, subjects=(), next_after=None)
    assert shown(lambda console: subjects.render_subjects(console, nobody)) == "Nobody is enrolled.\n"
    erased = EraseDocument.of("ada", SubjectId(uuid.UUID(int=1)), references=3, galleries=1)
    assert (
        shown(lambda console: subjects.render_erasure(console, erased))
        == "ada erased: 3 references in 1 gallery\n"
    )


def test_descriptors() -> None:
    fmr = values.calibration(Measure.EUCLIDEAN).fmr_at(0.3)
    pair = DescriptorPair.of("a", "b", distance=0.55, tolerance=0.6, fmr=fmr)
    one = CompareDescriptorsDocument(
        tolerance=0.6, tolerance_fmr=5e-3, calibration="x", matches=1, pairs=(pair,)
    )
    text = shown(lambda console: descriptors.render_comparison(console, one))
    assert text.startswith("match — distance 0.550, tolerance 0.6\n1 in 1,000 strangers would be this near\n")
    assert "At the tolerance 0.6, 1 in 200 strangers would match." in text
    many = one.model_copy(update={"pairs": (pair,) * 25, "matches": 25})
    assert "25 matches of 25 pairs; 5 more with --json" in shown(
        lambda console: descriptors.render_comparison(console, many)
    )
    imported = ImportDescriptorsDocument(
        gallery="old", files=("x.npz",), descriptors=5, subjects=2, imported=4, already_there=1
    )
    text = shown(lambda console: descriptors.render_import(console, imported))
    assert text == "4 descriptors of 2 subjects imported into old, 1 were there already\n"


def test_models() -> None:
    entry = PackEntry.of(values.pack(commercial=False), installed=True, default=True)
    text = shown(
        lambda console: models.render_list(console, ModelsDocument(directory="/cache", packs=(entry,)))
    )
    assert all(
        word in text for word in ("standard (default)", "installed", "MIT, Research", "non-commercial")
    )
    card = ModelDocument.of(
        values.pack(calibrations=()),
        PackEntry.of(values.pack(calibrations=()), installed=False, default=False),
    )
    text = shown(lambda console: models.render_info(console, card))
    assert "visavis models pull standard" in text
    assert "Made by somebody." in text
    assert "Not calibrated" in text


def test_the_doctor_says_how_to_mend() -> None:
    findings = (
        Finding(check="python", state="ok", message="Python 3", mend="never shown"),
        Finding(check="master key", state="problem", message="open to others", mend="Run: chmod 600 x"),
    )
    document = DoctorDocument.of(findings, version="1.2")
    lines = shown(lambda console: doctor.render(console, document)).splitlines()
    assert lines[0] == "✓ python      Python 3"
    assert lines[1] == "✗ master key  open to others"
    assert lines[2].strip() == "→ Run: chmod 600 x"
    assert lines[3] == "1 problem. visavis 1.2"


def test_the_service() -> None:
    up = UpDocument(
        database="embedded", server="PostgreSQL 18.4", schema_version=1, data_dir="/data",
        galleries=1, subjects=2, references=3,
    )  # fmt: skip
    text = shown(lambda console: service.render_up(console, up))
    assert text.startswith("ready — PostgreSQL 18.4 (embedded), schema 1\n")
    assert "visavis down" in text
    sign_in = SignInNote(login="owner", token="vl_abc")  # noqa: S106
    beside = up.model_copy(update={"url": "http://h:8420", "sign_in": sign_in})
    assert "http://h:8420/sign-in#vl_abc" in shown(lambda console: service.render_up(console, beside))
    both = beside.model_copy(update={"console_url": "http://h:8422"})
    text = shown(lambda console: service.render_up(console, both))
    assert "http://h:8422/sign-in#vl_abc" in text
    assert "http://h:8420/v1/docs" in text
    assert "visavis down" not in shown(
        lambda console: service.render_up(console, up.model_copy(update={"database": "external"}))
    )
    rotated = KeysRotateDocument(references=7, deleted=1, rewrapped=0, resumed=True, new_master="abc")
    text = shown(lambda console: service.render_rotation(console, rotated))
    assert "7 templates encrypted under a new key, 1 old key deleted (an interrupted" in text
    assert "The master key is now abc" in text
