"""A stranger's way through the command line, on real photographs and a real database."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.conftest import Machine, variant
from visavis.wire.enrolment import EnrolDocument, EnrolFolderReport
from visavis.wire.installation import DoctorDocument, KeysRotateDocument, UpDocument
from visavis.wire.packs import ModelsVerifyDocument
from visavis.wire.photos import DetectDocument, IdentifyDocument, VerifyDocument

Photos = dict[str, Path]

pytestmark = [pytest.mark.models, pytest.mark.postgres]


def names(machine: Machine, *arguments: object, code: int = 0) -> list[list[str | None]]:
    """Who `identify` sees in each photo, largest face first."""
    ended = machine.visavis("identify", *arguments, "--json", code=code)
    document = IdentifyDocument.model_validate_json(ended.out)
    return [[face.subject for face in result.faces] for result in document.results]


def test_detect(machine: Machine, photos: Photos) -> None:
    ended = machine.visavis("detect", photos["collins"], photos["nobody"], photos["broken"], "--json", code=2)
    seen, nobody, broken = DetectDocument.model_validate_json(ended.out).photos
    assert len(seen.faces) == 1
    assert seen.faces[0].accepted
    assert (seen.width, seen.height) == (512, 512)
    assert 150 < seen.faces[0].box.left < 210
    assert nobody.faces == ()
    assert nobody.error is None
    assert broken.error is not None
    assert broken.error.code == "image_unreadable"


def test_detect_draws(machine: Machine, photos: Photos) -> None:
    marked = machine.home / "ö marked.png"
    machine.visavis("detect", photos["collins"], "--draw", marked)
    with Image.open(marked) as picture:
        assert picture.size == (800, 800)
    machine.visavis("detect", photos["collins"], photos["hopper"], "--draw", machine.home / "all")
    assert {path.name for path in (machine.home / "all").iterdir()} == {"collins.png", "hopper.png"}


def test_verify(machine: Machine, photos: Photos) -> None:
    same = machine.visavis("verify", photos["collins"], photos["collins_again"])
    assert same.out.startswith("match — ")
    assert "strangers would score this high" in same.out
    other = machine.visavis("verify", photos["collins"], photos["hopper"], "--json", code=1)
    document = VerifyDocument.model_validate_json(other.out)
    assert document.decision.outcome == "non_match"
    assert document.decision.threshold.fmr == 1e-4
    assert document.decision.calibration
    stricter = machine.visavis(
        "verify", photos["collins"], photos["hopper"], "--fmr", "1e-6", "--json", code=1
    )
    assert (
        VerifyDocument.model_validate_json(stricter.out).decision.threshold.value
        > document.decision.threshold.value
    )
    failed = machine.visavis("verify", photos["collins"], photos["nobody"], "--json", code=2)
    assert failed.document["code"] == "no_face"
    assert "No face was found" in failed.err


def test_enrol_identify_erase(machine: Machine, photos: Photos) -> None:
    machine.visavis("up")
    empty = machine.visavis("identify", photos["collins"], code=5)
    assert "visavis enrol" in empty.err
    enrolled = machine.visavis("enrol", "Eileen Collins", photos["collins"], "--json")
    assert EnrolDocument.model_validate_json(enrolled.out).enrolled == 1
    assert names(machine, photos["collins_again"]) == [["Eileen Collins"]]
    assert names(machine, photos["hopper"], code=1) == [[None]]
    machine.visavis("verify", "--subject", "Eileen Collins", photos["collins_again"])
    machine.visavis("verify", "--subject", "Eileen Collins", photos["hopper"], code=1)
    assert names(machine, photos["collins"], photos["collins_again"], "--together") == [["Eileen Collins"]]
    assert "Eileen Collins" in machine.visavis("subjects").out

    assert (
        machine.visavis("enrol", "Eileen Collins", photos["collins"], "--json", code=6).document["enrolled"]
        == 0
    )
    wrong = machine.visavis("enrol", "Grace Hopper", photos["collins_again"], code=3)
    assert "looks like Eileen Collins" in wrong.out

    assert machine.visavis("erase", "Eileen Collins", code=2).err.count("--yes") == 1
    erased = machine.visavis("erase", "Eileen Collins", "--yes", "--json").document
    assert (erased["references"], erased["galleries"]) == (1, 1)
    assert names(machine, photos["collins"], code=1) == [[None]]
    machine.visavis("erase", "Eileen Collins", "--yes", code=5)


def test_galleries(machine: Machine, photos: Photos) -> None:
    machine.visavis("up")
    machine.visavis("enrol", "ada", photos["collins"], "--gallery", "staff", code=5)
    machine.visavis("galleries", "create", "staff", "--purpose", "access", "--fpir", "1e-4")
    machine.visavis("galleries", "create", "staff", code=6)
    machine.visavis("enrol", "ada", photos["collins"], "--gallery", "staff")
    machine.visavis("enrol", "grace", photos["hopper"], "--gallery", "other", "--create")
    assert names(machine, photos["hopper"], "--gallery", "staff", code=1) == [[None]]
    machine.visavis("galleries", "policy", "staff", "--fmr", "1e-5")
    listed = machine.visavis("galleries", "--json").document["galleries"]
    assert isinstance(listed, list)
    assert [(one["name"], one["policy"]["fmr"], one["policy"]["fpir"]) for one in listed] == [
        ("other", 1e-4, 1e-3),
        ("staff", 1e-5, 1e-4),
    ]
    assert machine.visavis("galleries", "remove", "other", "--yes", "--json").document["references"] == 1
    assert "grace" not in machine.visavis("subjects").out


def folder_of(machine: Machine, photos: Photos, people: int) -> Path:
    """As many subjects with two photos each; all are variants of one photograph, so they need --force."""
    folder = machine.home / "people"
    with Image.open(photos["hopper"]) as picture:
        for person in range(people):
            place = folder / f"person {person:02}"
            place.mkdir(parents=True)
            for number in range(2):
                variant(picture, 2 * person + number).save(place / f"{number}.jpg")
    return folder


def test_enrol_folder(machine: Machine, photos: Photos) -> None:
    folder = machine.home / "staff"
    for person in ("collins", "hopper"):
        (folder / person).mkdir(parents=True)
        for name in (person, f"{person}_again"):
            shutil.copy(photos[name], folder / person)
    report = machine.home / "report.json"
    first = machine.visavis("enrol-folder", folder, "--json", "--report", report)
    assert sorted(str(line.get("subject", "")) for line in first.lines) == ["", "collins", "hopper"]
    assert first.lines[-1]["enrolled"] == 4
    assert EnrolFolderReport.model_validate_json(report.read_text("utf-8")).summary.enrolled == 4

    shutil.copy(photos["broken"], folder / "hopper")
    shutil.copy(photos["nobody"], folder / "hopper")
    again = machine.visavis("enrol-folder", folder, "--json", code=2).lines[-1]
    assert (again["enrolled"], again["already_enrolled"], again["refused"]) == (0, 4, 2)
    assert again["reasons"] == {"image_unreadable": 1, "no_face": 1}
    assert names(machine, photos["hopper_again"]) == [["hopper"]]


def test_ctrl_c_keeps_what_is_committed_and_the_next_run_does_the_rest(
    machine: Machine, photos: Photos
) -> None:
    folder = folder_of(machine, photos, 30)
    running = machine.start("enrol-folder", folder, "--force", "--json")
    assert running.stdout is not None
    lines = [running.stdout.readline()]
    running.send_signal(signal.SIGINT)
    rest, talk = running.communicate(timeout=120)
    lines += rest.splitlines()
    summary = json.loads(lines[-1])
    assert running.returncode == 130
    assert "Stopping" in talk
    assert summary["subjects"] == len(lines) - 1
    assert summary["remaining"] == 30 - summary["subjects"] > 0
    last = machine.visavis("enrol-folder", folder, "--force", "--json").lines[-1]
    assert last["already_enrolled"] == summary["enrolled"]
    assert last["enrolled"] == 60 - summary["enrolled"]


def test_kill_keeps_every_acknowledged_enrolment(machine: Machine, photos: Photos) -> None:
    folder = folder_of(machine, photos, 30)
    running = machine.start("enrol-folder", folder, "--force", "--json")
    assert running.stdout is not None
    acknowledged = [json.loads(running.stdout.readline())["subject"] for _ in range(5)]
    running.kill()
    running.communicate(timeout=60)
    kept = machine.visavis("subjects", "--json").document["subjects"]
    assert isinstance(kept, list)
    references = {one["name"]: one["references"] for one in kept}
    assert all(references[name] == 2 for name in acknowledged)
    assert set(references.values()) == {2}
    assert machine.visavis("enrol-folder", folder, "--force", "--json").lines[-1][
        "already_enrolled"
    ] == 2 * len(kept)


def test_up_doctor_keys_down(machine: Machine, photos: Photos) -> None:
    before = DoctorDocument.model_validate_json(machine.visavis("doctor", "--json").out)
    assert next(one for one in before.findings if one.check == "database").message.endswith("not used yet")
    up = UpDocument.model_validate_json(machine.visavis("up", "--json").out)
    assert up.server.startswith("PostgreSQL")
    machine.visavis("enrol", "ada", photos["collins"])
    rotated = KeysRotateDocument.model_validate_json(
        machine.visavis("keys", "rotate", "--master", "--json").out
    )
    assert (rotated.references, rotated.deleted) == (1, 2)  # the keys of templates and of everything else
    assert rotated.new_master
    assert names(machine, photos["collins_again"]) == [["ada"]]

    key = Path(machine.environment["VISAVIS_DATA_DIR"]) / "keys.json"
    key.chmod(0o644)
    sick = DoctorDocument.model_validate_json(machine.visavis("doctor", "--json", code=9).out)
    assert {one.check for one in sick.findings if one.state == "problem"} == {"master key", "templates"}
    assert any(f"chmod 600 {key}" in one.mend for one in sick.findings)
    key.chmod(0o600)
    assert "Ready to work." in machine.visavis("doctor").out

    assert machine.visavis("down", "--json").document["stopped"] is True
    assert machine.visavis("down", "--json").document["stopped"] is False
    assert names(machine, photos["collins_again"]) == [["ada"]]


def test_models(machine: Machine) -> None:
    assert "undisclosed" in machine.visavis("models", "info", "standard").out
    machine.visavis("models", "pull")
    verified = ModelsVerifyDocument.model_validate_json(
        machine.visavis("models", "verify", "standard", "--json").out
    )
    assert {file.condition for file in verified.files} == {"intact"}
    refused = machine.visavis("models", "pull", "buffalo_l", code=9)
    assert "non-commercial" in refused.err
    assert "--accept-licence" in refused.err
    assert "Did you mean standard?" in machine.visavis("models", "info", "standart", code=5).err


def test_a_toml_file_and_the_environment_are_settings(machine: Machine, photos: Photos) -> None:
    (machine.home / "visavis.toml").write_text("[limits]\nmax_image_bytes = 2000\n")
    assert "allowed" in machine.visavis("detect", photos["collins"], code=2).out
    (machine.home / "visavis.toml").write_text("[limits]\nmax_image_bites = 2000\n")
    assert "max_image_bites" in machine.visavis("detect", photos["collins"], code=9).err


@pytest.mark.data
def test_group_pictures(machine: Machine, bbt: Path) -> None:
    """Three photos each are enrolled; the others and the group pictures must be named right, or not at all."""
    folder = machine.home / "bbt"
    people = sorted(path.name for path in bbt.iterdir() if path.is_dir() and path.name != "groups")
    for name in people:
        (folder / name).mkdir(parents=True)
        for number in (1, 2, 3):
            shutil.copy(bbt / name / f"{name}{number}.png", folder / name)
    machine.visavis("up")
    summary = machine.visavis("enrol-folder", folder, "--json", code=None).lines[-1]
    assert summary["photos"] == 3 * len(people)
    assert summary["refused"] in (0, 1), summary["reasons"]  # one photo is hardly good enough
    rest = [(name, bbt / name / f"{name}{number}.png") for name in people for number in (4, 5)]
    found = names(machine, *[path for _, path in rest])
    right = sum(one[:1] == [name] for one, (name, _) in zip(found, rest, strict=True))
    wrong = [one for one, (name, _) in zip(found, rest, strict=True) if set(one) - {name, None}]
    assert wrong == []
    assert right >= len(rest) - 1
    groups = names(machine, *sorted((bbt / "groups").glob("*.jpg")), "--draw", machine.home / "who")
    flat = [name for group in groups for name in group if name]
    assert len(flat) >= 20
    assert all(len(set(group) - {None}) == len([name for name in group if name]) for group in groups)
    assert len(list((machine.home / "who").iterdir())) == 5
