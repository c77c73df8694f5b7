"""Fills a gallery of an embedded database with synthetic references in bulk, for measuring how one is read.

    python benchmarks/fill_gallery.py --data-dir DIR --references 1000000 --each 1

Rows are sealed as the store seals them, and copied into the tables past its checks; so this is for a data directory
that is thrown away. What is drawn looks like embeddings: a few dominant directions, weights of 0.85 to 1.2.
"""

import argparse
import asyncio
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
from identify_gallery import opened, template, unit
from psycopg import Connection

from visavis.adapters.postgres.envelope import DataKey, Envelope
from visavis.adapters.postgres.sealing import Place, seal
from visavis.bootstrap.local import database, master_keys
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT, Reference, ReferenceId, SubjectId
from visavis.settings import Settings, load_settings

BATCH = 10_000
SUBJECTS = "COPY subjects (tenant_id, subject_id, name, kind, created_at) FROM STDIN"
MEMBERS = "COPY gallery_members (tenant_id, gallery_id, subject_id) FROM STDIN"
REFERENCES = """
    COPY subject_references
        (tenant_id, reference_id, gallery_id, subject_id, data_key_id, nonce, ciphertext, created_at)
    FROM STDIN
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    connection: Connection
    gallery: Gallery
    key: DataKey

    def __call__(self, references: int, each: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for start in range(0, references, BATCH):
            self._batch(min(BATCH, references - start), each, rng)
            print(f"\r{start + BATCH:,} of {references:,}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)

    def _batch(self, references: int, each: int, rng: np.random.Generator) -> None:
        now = datetime.now(UTC)
        made = list(self._references(references, each, rng, now))
        subjects = {one.subject_id for one in made}
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no row is looked up again
            with cursor.copy(SUBJECTS) as copy:
                for one in subjects:
                    copy.write_row((DEFAULT_TENANT, one, f"subject {one}", "named", now))
            with cursor.copy(MEMBERS) as copy:
                for one in subjects:
                    copy.write_row((DEFAULT_TENANT, self.gallery.id, one))
            self._copy(made)

    def _copy(self, made: list[Reference]) -> None:
        place = Place(tenant=DEFAULT_TENANT, gallery_id=self.gallery.id, model=self.gallery.model)
        with self.connection.cursor() as cursor, cursor.copy(REFERENCES) as copy:
            for one in made:
                sealed = seal(one, place, self.key.cipher)
                ids = (DEFAULT_TENANT, one.id, self.gallery.id, one.subject_id, self.key.id)
                copy.write_row((*ids, sealed.nonce, sealed.ciphertext, one.created_at))

    def _references(
        self, references: int, each: int, rng: np.random.Generator, now: datetime
    ) -> Iterator[Reference]:
        dimension = self.gallery.model.dimension
        falloff = np.exp(-np.arange(dimension) / 52.0).astype(np.float32)[rng.permutation(dimension)]
        vectors = unit(rng.standard_normal((references, dimension), dtype=np.float32) * falloff)
        vectors *= rng.uniform(0.85, 1.2, (references, 1)).astype(np.float32)
        for number, vector in enumerate(vectors):
            if number % each == 0:
                subject_id = SubjectId(uuid.uuid4())
            yield Reference(
                id=ReferenceId(uuid.uuid4()),
                subject_id=subject_id,
                gallery_id=self.gallery.id,
                template=template(vector, self.gallery.model),
                photo=b"",
                created_at=now,
            )


async def data_key(settings: Settings, url: str) -> DataKey:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return await Envelope(master_keys(settings)).current(connection, DEFAULT_TENANT)


async def fill(settings: Settings, references: int, each: int) -> float:
    """Seconds."""
    started = time.perf_counter()
    async with opened(settings) as (_, gallery, _), database(settings) as url:
        key = await data_key(settings, url)
        with psycopg.connect(url, autocommit=True) as connection:
            Filling(connection=connection, gallery=gallery, key=key)(references, each, seed=1)
            connection.execute("VACUUM ANALYZE subject_references")
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--references", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=1, help="references of a subject")
    options = parser.parse_args()
    seconds = asyncio.run(fill(load_settings(data_dir=options.data_dir), options.references, options.each))
    print(f"{options.references:,} references in {seconds:.0f} s")


if __name__ == "__main__":
    main()
