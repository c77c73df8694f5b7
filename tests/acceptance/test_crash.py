"""`enrol-folder` is killed at random moments, and so is its database: what was acknowledged stays, whole.

VISAVIS_TEST_ROUNDS is the number of kills (8 by default), VISAVIS_TEST_SEED decides about their moments.
"""

import json
import os
import random
import shutil
import signal
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from PIL import Image

from tests.acceptance.conftest import Machine, variant
from visavis.bootstrap.local import embedded, open_store
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings
from visavis.wire.enrolment import EnrolFolderDocument, EnrolFolderSubjectDocument

pytestmark = [pytest.mark.models, pytest.mark.postgres, pytest.mark.anyio]

ROUNDS = int(os.environ.get("VISAVIS_TEST_ROUNDS", "8"))
SEED = int(os.environ.get("VISAVIS_TEST_SEED", "20240229"))
SUBJECTS, PHOTOS = max(64, 16 * ROUNDS), 3

# Each counts what must not exist: halves of an enrolment, and changes that an index would miss.
FAULTS = {
    "subjects without a reference": """
        SELECT count(*) FROM subjects s WHERE NOT EXISTS (
            SELECT FROM subject_references r WHERE (r.tenant_id, r.subject_id) = (s.tenant_id, s.subject_id))
    """,
    "references without a subject": """
        SELECT count(*) FROM subject_references r WHERE NOT EXISTS (
            SELECT FROM subjects s WHERE (r.tenant_id, r.subject_id) = (s.tenant_id, s.subject_id))
    """,
    "enrolments without a change": """
        SELECT count(*) FROM subject_references r WHERE NOT EXISTS (
            SELECT FROM gallery_changes c WHERE (r.tenant_id, r.gallery_id, r.subject_id)
                = (c.tenant_id, c.gallery_id, c.subject_id))
    """,
    "changes without an enrolment": """
        SELECT count(*) FROM gallery_changes c WHERE NOT EXISTS (
            SELECT FROM subject_references r WHERE (r.tenant_id, r.gallery_id, r.subject_id)
                = (c.tenant_id, c.gallery_id, c.subject_id))
    """,
    "galleries whose counter is not that of their latest change": """
        SELECT count(*) FROM galleries g WHERE change_sequence <> (
            SELECT coalesce(max(sequence), 0) FROM gallery_changes c
            WHERE (c.tenant_id, c.gallery_id) = (g.tenant_id, g.gallery_id))
    """,
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the store holds: by subject the decrypted templates, and the identifiers of all references."""

    templates: dict[str, list[bytes]]
    references: set[str]


class Run:
    """One `enrol-folder --json`; its lines are gathered as they come."""

    def __init__(self, machine: Machine, people: Path) -> None:
        # --force, because whom a photo looks like depends on who was enrolled before it
        self.process = machine.start("enrol-folder", people, "--force", "--json")
        self.lines: list[EnrolFolderSubjectDocument] = []
        self.summary: EnrolFolderDocument | None = None
        self.news = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, news: int, seconds: float) -> None:
        """Until so many subjects were enrolled in this run, or the time is over, or the run has ended."""
        until = time.monotonic() + seconds
        while self.news < news and time.monotonic() < until and self.process.poll() is None:
            time.sleep(0.002)

    def end(self) -> tuple[int, str]:
        """Exit code and what it said."""
        with self.process as process:  # closes the pipes
            assert process.stderr is not None
            talk = process.stderr.read()
            self._reader.join(timeout=120)
            return process.wait(timeout=120), talk

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith("\n"):  # cut by the kill: nobody was told anything
                return
            schema = json.loads(line)["schema"]
            if schema == "visavis.enrol-folder/1":
                self.summary = EnrolFolderDocument.model_validate_json(line)
            elif schema == "visavis.enrol-folder.subject/1":
                self.lines.append(EnrolFolderSubjectDocument.model_validate_json(line))
                self.news += self.lines[-1].enrolled > 0


@pytest.fixture
def people(machine: Machine) -> Path:
    """Real people, or variants of one portrait where the development photographs are not there."""
    folder = machine.home / "people"
    source = Path(__file__).parents[2].parent / "shared" / "data" / "lfw-dev" / "images"
    if not source.is_dir():
        _make_variants(folder)
        return folder
    found = [one for one in sorted(source.iterdir()) if len(list(one.iterdir())) >= 2][:SUBJECTS]
    assert len(found) >= 60
    for one in found:
        (folder / one.name).mkdir(parents=True)
        for photo in sorted(one.iterdir())[:PHOTOS]:
            shutil.copy(photo, folder / one.name)
    return folder


def _make_variants(folder: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="carries a photograph")
    hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(hopper) as picture:
        for number in range(80):
            place = folder / f"variant {number // 2:02}"
            place.mkdir(parents=True, exist_ok=True)
            variant(picture, number).save(place / f"{number}.jpg")


def settings_of(machine: Machine) -> Settings:
    return Settings(data_dir=Path(machine.environment["VISAVIS_DATA_DIR"]))


async def kept_by(machine: Machine) -> Kept:
    """Reads everything as the product does, so every template is decrypted, and looks for `FAULTS`."""
    settings = settings_of(machine)
    names: dict[str, list[bytes]] = defaultdict(list)
    async with open_store(settings) as store, store.transaction(DEFAULT_TENANT) as work:
        references = []
        for summary in await work.galleries.all():
            async for batch in work.references.everything(summary.gallery.id):
                references += batch
        found = await work.subjects.names([reference.subject_id for reference in references])
        for reference in references:
            names[found[reference.subject_id]].append(reference.template.vector.tobytes())
        url = embedded(settings).status().url
        async with await psycopg.AsyncConnection.connect(url) as connection:
            for fault, query in FAULTS.items():
                row = await (await connection.execute(query)).fetchone()
                assert row == (0,), fault
    return Kept(
        templates={name: sorted(vectors) for name, vectors in names.items()},
        references={str(reference.id) for reference in references},
    )


def kill_database(machine: Machine) -> bool:
    """kill -9 to the postmaster, if there is one."""
    pid = embedded(settings_of(machine)).status().pid
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return True


def cut_off(machine: Machine, people: Path, chance: random.Random, number: int, left: int) -> Run:
    """Starts a run and kills it, its database (every fourth time), or both (every fourth time).

    Every third kill comes at any moment of the first seconds, when the database starts or recovers; the
    others when a few subjects more are enrolled.
    """
    run = Run(machine, people)
    if number % 3 == 0:
        run.wait_for(1_000_000, chance.uniform(0.0, 2.5))
    else:
        run.wait_for(chance.randint(1, max(left // (ROUNDS - number + 1), 2)), 60)
        time.sleep(chance.uniform(0.0, 0.15))
    if number % 4 >= 2:
        kill_database(machine)
    if number % 4 != 3:
        run.process.kill()
    return run


def outcomes(run: Run) -> dict[tuple[str, str], str]:
    """What became of each photo: kept (now or before), or why not."""
    return {
        (line.subject, Path(photo.photo).name): photo.error.code
        if photo.error and photo.outcome == "refused"
        else "kept"
        for line in run.lines
        for photo in line.photos
    }


async def test_killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_is_half_written(
    machine: Machine, people: Path
) -> None:
    chance = random.Random(SEED)
    calm = replace(machine, environment=machine.environment | {"VISAVIS_DATA_DIR": f"{machine.home}-calm"})
    undisturbed = Run(calm, people)
    wanted = undisturbed.end()[0], outcomes(undisturbed), await kept_by(calm)

    acknowledged: set[str] = set()
    subjects: set[str] = set()
    for number in range(ROUNDS):
        run = cut_off(machine, people, chance, number, SUBJECTS - len(subjects))
        code, talk = run.end()
        assert code in {-signal.SIGKILL, 8} or run.summary, talk
        new = {p.reference_id for line in run.lines for p in line.photos if p.reference_id}
        assert not new & acknowledged
        acknowledged |= new
        subjects |= {line.subject for line in run.lines if line.enrolled}
        if number % 3 == 2 and acknowledged:  # otherwise the next run finds the database as the kill left it
            assert acknowledged <= (await kept_by(machine)).references

    there = await kept_by(machine)
    assert acknowledged <= there.references
    last = Run(machine, people)
    code, talk = last.end()
    assert last.summary is not None, talk
    assert last.summary.already_enrolled == len(there.references)
    whole = await kept_by(machine)
    assert there.references <= whole.references
    assert (code, outcomes(last), whole.templates) == (wanted[0], wanted[1], wanted[2].templates)
