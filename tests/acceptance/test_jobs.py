"""Work that is done later, from the command line: many photos at once, and another model for a gallery."""

import base64
import json
import shutil
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import Machine
from visavis.wire.jobs import JobDocument, JobEntry, JobsDocument

pytestmark = [pytest.mark.models, pytest.mark.postgres]

_PATIENCE_S = 120.0


def submitted(machine: Machine, *arguments: object) -> JobEntry:
    (job,) = JobsDocument.model_validate_json(
        machine.visavis("jobs", "submit", *arguments, "--json").out
    ).jobs
    return job


def ended(machine: Machine, job: JobEntry) -> JobDocument:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        document = JobDocument.model_validate_json(machine.visavis("jobs", "show", job.id, "--json").out)
        if document.job.finished_at:
            return document
        time.sleep(0.5)
    raise AssertionError("not done in time")


def subjects(machine: Machine) -> list[str]:
    found = machine.visavis("subjects", "--json").document["subjects"]
    assert isinstance(found, list)
    return sorted(one["name"] for one in found)


def test_many_are_enrolled_and_their_gallery_changes_its_model(
    machine: Machine, photos: dict[str, Path]
) -> None:
    imports = machine.home / "imports"
    machine.environment["VISAVIS_JOBS__IMPORT_DIR"] = str(imports)
    for name in ("collins", "hopper"):
        (imports / "people" / name).mkdir(parents=True)
        shutil.copy(photos[name], imports / "people" / name / "1.png")
    shutil.copy(photos["nobody"], imports / "people" / "hopper" / "2.png")
    machine.visavis("galleries", "create", "default", "--pack", "light", "--keep", "photo")
    machine.visavis("up")

    report = ended(machine, submitted(machine, "enrol", imports / "people"))
    assert (report.job.succeeded, report.job.failed) == (2, 1)
    assert [(one.label, one.code) for one in report.failures] == [("hopper/2.png", "no_face")]
    assert subjects(machine) == ["collins", "hopper"]

    (machine.home / "list.csv").write_text("subject,path\nhopper,people/hopper/1.png\n")
    assert ended(machine, submitted(machine, "enrol", "list.csv")).job.succeeded == 1
    line = {"subject": "collins", "image": base64.b64encode(photos["collins_again"].read_bytes()).decode()}
    (machine.home / "list.ndjson").write_text(json.dumps(line))
    assert ended(machine, submitted(machine, "enrol", "list.ndjson")).job.succeeded == 1

    machine.visavis("enrol", "hopper", photos["hopper_again"])
    done = machine.visavis("galleries", "re-embed", "default", "classic", "--wait", "--json")
    (job,) = JobsDocument.model_validate_json(done.out).jobs
    assert (job.kind, job.state, job.succeeded) == ("reembed", "succeeded", 4)
    (gallery,) = machine.visavis("galleries", "list", "--json").document["galleries"]  # type: ignore[misc]
    assert (gallery["pack"], gallery["references"]) == ("classic", 4)
    who = machine.visavis("identify", photos["hopper_again"]).out
    assert "hopper" in who
    machine.visavis("galleries", "re-embed", "default", "classic", code=6)  # it has this model already
    actions = machine.visavis("audit", "list", "--json").out
    assert "gallery.re_embedded" in actions


def test_references_without_an_image_are_not_dropped_unasked(
    machine: Machine, photos: dict[str, Path]
) -> None:
    machine.visavis("enrol", "hopper", photos["hopper"])
    refused = machine.visavis("galleries", "re-embed", "default", "classic", code=2)
    assert "1 of 1 references" in refused.err
    empty = machine.home / "empty"
    empty.mkdir()
    machine.visavis("jobs", "submit", "enrol", empty, code=2)
