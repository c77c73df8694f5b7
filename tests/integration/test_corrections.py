"""Corrections on PostgreSQL: real look-alikes, two processes, and nothing left of those who are erased."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.lineage import FOLLOWERS
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.corrections.assign import Assignment
from visavis.application.probe import take_probe
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import GalleryWork, Platform, compose
from visavis.domain.decision import Outcome
from visavis.domain.event import Event
from visavis.domain.policy import DENIED_BEFORE, Policy
from visavis.domain.subject import DEFAULT_TENANT, ReferenceId
from visavis.domain.template import Template
from visavis.engine.assess import PROBE_GATE

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

TABLES = ("corrections", "denials", "parked_references", "subject_aliases", "subjects_apart", "event_probes")
LENIENT = Policy(name="lenient", fpir=0.05, max_references=3)
REFERRING = """
    SELECT c.conrelid::regclass::text, a.attname
    FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
    WHERE c.contype = 'f' AND c.confrelid = 'subjects'::regclass
"""


@asynccontextmanager
async def a_process(url: str, keys: MemoryMasterKeys, models: Models) -> AsyncIterator[Platform]:
    async with PostgresStore(url, keys) as store:
        yield compose(models.settings, store, models=models)


def content(photo: Path) -> bytes:
    return photo.read_bytes()


async def look(platform: Platform, work: GalleryWork, photo: Path) -> Event:
    found = await work.identify(work.gallery, content(photo))
    events = await platform.record.identified(work.gallery, found[:1])
    return events[0]


@pytest.mark.models
@pytest.mark.data
async def test_a_look_alike_is_denied_once_and_everything_is_undone_or_erased(
    migrated_database_url: str, models: Models, shared_data: Path
) -> None:
    images, keys = shared_data / "lfw-dev" / "images", MemoryMasterKeys()
    hu = [images / "Hu_Jintao" / f"Hu_Jintao_{number:04}.jpg" for number in (2, 3, 4, 5, 6)]
    wen = [images / "Wen_Jiabao" / f"Wen_Jiabao_{number:04}.jpg" for number in (10, 13, 11)]
    async with (
        a_process(migrated_database_url, keys, models) as here,
        a_process(migrated_database_url, keys, models) as there,
    ):
        gallery = await here.create("staff", pack=models.pack("standard"), policy=LENIENT)
        mine, theirs = here.work(gallery), there.work(gallery)
        await mine.enrol(gallery, "hu", [(one.name, content(one)) for one in hu[:3]])
        first = await look(here, mine, wen[0])
        assert (first.outcome, (await look(there, theirs, wen[1])).outcome) == (Outcome.MATCH,) * 2

        denied = await here.deny(first.id)
        assert denied.remembered
        for photo in wen[1:]:
            after = await look(there, theirs, photo)
            assert (after.outcome is not Outcome.MATCH, after.subject_id) == (True, None)
            assert DENIED_BEFORE in after.reasons
            claim = await theirs.verify(gallery, "hu", content(photo))
            assert (claim.decision.outcome, claim.decision.reasons) == (
                Outcome.NON_MATCH,
                (DENIED_BEFORE,),
            )
        assert {(await look(there, theirs, one)).outcome for one in hu[3:]} == {Outcome.MATCH}

        assigned = await here.assign(first.id, Assignment(subject="wen", create=True, enrol=True))
        assert (await look(there, theirs, wen[1])).subject_id == assigned.subject_id
        before = await kept(migrated_database_url)
        merged = await here.merge("wen", "hu", confirmed=["hu", "wen"])
        assert len(merged.undo.parked) == 1
        found = await theirs.search(gallery, [await probe(theirs, wen[1])], mine.identify.calibration)
        assert {one.name for one in found[0].candidates} <= {"hu"}
        await here.undo(merged.id)
        assert await kept(migrated_database_url) == before
        assert assigned.undo.references[0] in before

        split = await here.split("hu", references=[await oldest(here, "hu")], name="third")
        assert split.other_id is not None
        await here.merge("wen", "hu", confirmed=["hu", "wen"])
        for name in ("hu", "third"):
            await here.erase(name)
    async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
        for table in (*TABLES, "subject_references"):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert await (await connection.execute(query)).fetchone() == (0,), table


async def test_whatever_names_a_subject_is_known_to_merges(migrated_database_url: str) -> None:
    """Whoever adds a table that refers to subjects tells `FOLLOWERS`, or its rows go with the one who is merged."""
    async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
        found = {tuple(row) for row in await (await connection.execute(REFERRING)).fetchall()}
    known = {(one.table, one.column) for one in FOLLOWERS}
    moved = {("subject_references", "subject_id"), ("gallery_members", "subject_id")}
    apart = {("subjects_apart", "one_id"), ("subjects_apart", "other_id")}
    assert found - known - moved - apart == set()


async def kept(url: str) -> dict[object, object]:
    """Whose each reference is, and what every event says."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await connection.execute("SELECT reference_id, subject_id FROM subject_references")
        owners: dict[object, object] = {row[0]: row[1] for row in await rows.fetchall()}
        rows = await connection.execute("SELECT event_id, (verdict, subject_id)::text FROM events")
        owners.update({row[0]: row[1] for row in await rows.fetchall()})
        rows = await connection.execute("SELECT subject_id, (name, kind, created_at)::text FROM subjects")
        return owners | {row[0]: row[1] for row in await rows.fetchall()}


async def probe(work: GalleryWork, photo: Path) -> Template:
    return (await take_probe(content(photo), work.inference, gate=PROBE_GATE, largest=True)).template


async def oldest(platform: Platform, name: str) -> ReferenceId:
    async with platform.store.transaction(DEFAULT_TENANT) as work:
        subject = await work.subjects.by_name(name)
        (gallery,) = [one.gallery for one in await work.galleries.all()]
        return (await work.references.of_subjects(gallery.id, [subject.id]))[subject.id][0].id
