"""A crime, a recording, a photo: who was where, and can it be proven?"""

import json
from pathlib import Path

import pytest

from tests.acceptance.conftest import Machine
from tests.acceptance.test_gather import portrait, walk
from visavis.wire.recordings import RecordingsDocument, RecordingSearchDocument

pytestmark = [pytest.mark.models, pytest.mark.postgres]


@pytest.fixture(scope="module")
def tapes(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """In the lobby both are seen, at the gate only one, in another photo."""
    folder = tmp_path_factory.mktemp("tapes")
    hopper, again = portrait(photos["hopper"]), portrait(photos["hopper_again"])
    collins = portrait(photos["collins"], slice(0, 300), slice(90, 390))
    lobby = walk(folder / "lobby.mp4", [(hopper, 0.5), (collins, 1.5)])
    gate = walk(folder / "gate.mp4", [(again, 0.0)])
    return lobby, gate


def test_a_face_is_found_in_recordings_and_the_report_can_be_checked(
    machine: Machine, tapes: tuple[Path, Path], photos: dict[str, Path]
) -> None:
    lobby, gate = tapes
    machine.visavis("enrol", "nobody in particular", photos["collins"])
    for tape, began in ((lobby, "2026-03-02 08:00:00"), (gate, "2026-03-02 09:00:00")):
        added = machine.visavis(
            "recordings", "add", tape, "--camera", tape.stem, "--started-at", began, "--json"
        )
        assert RecordingsDocument.model_validate_json(added.out).recordings[0].tracks >= 1
    assert "indexed already" in machine.visavis("recordings", "add", lobby, code=6).err

    folder = machine.home / "case"
    asked = ("recordings", "search", photos["hopper"], "--case", "incident 17")
    found = machine.visavis(*asked, "--report", folder, "--json").out
    document = RecordingSearchDocument.model_validate_json(found)
    matches = [hit for hit in document.found.hits if hit.outcome == "match"]
    assert sorted(hit.source for hit in matches) == ["gate", "lobby"]
    assert document.found.recordings == 2
    assert document.found.searched == 3
    seen = next(hit for hit in matches if hit.source == "lobby")
    assert seen.first_s == pytest.approx(0.5, abs=0.7)
    assert seen.first_at.minute == 0
    assert all((folder / hit.still).read_bytes()[:2] == b"\xff\xd8" for hit in matches)
    assert "incident 17" in (folder / "index.html").read_text()

    machine.visavis("receipts", "verify", folder / "report.json")
    signed = json.loads((folder / "report.json").read_text())
    told = json.loads(signed["document"])
    assert [one["unchanged"] for one in told["recordings"]] == [True, True]
    assert {one["action"] for one in told["custody"]} == {"recording.indexed", "recording.searched"}
    signed["document"] = signed["document"].replace("incident 17", "incident 18")
    (folder / "report.json").write_text(json.dumps(signed))
    machine.visavis("receipts", "verify", folder / "report.json", code=1)
    machine.visavis("audit", "verify")

    narrow = machine.visavis(*asked, "--since", "2026-03-02 08:30", "--json").out
    assert {hit.source for hit in RecordingSearchDocument.model_validate_json(narrow).found.hits} == {"gate"}
    subject = machine.visavis("recordings", "search", "--subject", "nobody in particular", "--json").out
    best = RecordingSearchDocument.model_validate_json(subject).found.hits[0]
    assert (best.outcome, best.source) == ("match", "lobby")
    assert best.first_s == pytest.approx(1.5, abs=0.7)


def test_a_changed_file_is_told_and_a_forgotten_one_is_not_found(
    machine: Machine, tapes: tuple[Path, Path], photos: dict[str, Path]
) -> None:
    tape = machine.home / "gate.mp4"
    tape.write_bytes(tapes[1].read_bytes())
    machine.visavis("enrol", "nobody in particular", photos["collins"])
    added = machine.visavis("recordings", "add", tape, "--json").out
    tape.write_bytes(tapes[0].read_bytes())
    folder = machine.home / "case"
    machine.visavis("recordings", "search", photos["hopper"], "--report", folder)
    told = json.loads(json.loads((folder / "report.json").read_text())["document"])
    assert [one["unchanged"] for one in told["recordings"]] == [False]
    assert told["hits"][0]["still"] == ""
    assert "not the file that was indexed" in (folder / "index.html").read_text()

    (recording,) = RecordingsDocument.model_validate_json(added).recordings
    machine.visavis("recordings", "remove", recording.id)
    machine.visavis("recordings", "search", photos["hopper"], code=1)
    machine.visavis("recordings", "remove", recording.id, code=5)
    machine.visavis("recordings", "search", code=2)
