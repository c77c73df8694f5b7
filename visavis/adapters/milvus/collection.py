"""One collection: its schema, its rows, its marker.

Each row is an entity `<subject>:<row number>`. One more entity, the marker, says up to which change of the store
the rows go, and which incarnation of the collection this is.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pymilvus import DataType, MilvusException
from pymilvus.exceptions import ErrorCode

from visavis.adapters.milvus.connection import Connection
from visavis.domain.arrays import Vectors
from visavis.domain.subject import SubjectId

MOST_HITS = 16_384  #: Milvus returns no more for one probe
_MARKER = "marker"
_BATCH_ROWS = 1000  #: 2 MB at 512 dimensions; Milvus takes 64 MB a call
_BATCH_OWNERS = 250  #: 9 kB of expression
_NOT_LOADED = 101  #: the server's code; its client has no name for it
_COLUMNS = ("id", "owner", "row", "mark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    incarnation: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A row near a probe; `owner` is the subject's identifier in hexadecimal digits."""

    owner: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """All methods raise `IndexDown`, also if the collection does not exist, where not said otherwise."""

    connection: Connection
    name: str
    size: int

    def exists(self) -> bool:
        with self.connection.failures():
            return bool(self.connection.client.has_collection(self.name, timeout=self.connection.timeout_s))

    def load(self) -> None:
        """Makes it searchable; Milvus Lite forgets this when it is started again."""
        with self.connection.failures():
            self.connection.client.load_collection(self.name, timeout=self.connection.timeout_s)

    def create(self) -> None:
        """Empty, and loaded. Reads see every earlier write, of any process (consistency level Strong)."""
        client = self.connection.client
        with self.connection.failures():
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
            schema.add_field("owner", DataType.VARCHAR, max_length=32)
            schema.add_field("row", DataType.INT64)
            schema.add_field("mark", DataType.INT64)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.size)
            index = client.prepare_index_params()
            index.add_index("vector", index_type="FLAT", metric_type="IP")
            client.create_collection(
                self.name,
                schema=schema,
                index_params=index,
                consistency_level="Strong",
                timeout=self.connection.timeout_s,
            )

    def flush(self) -> None:
        """Sorts away what was written lately; Milvus Lite searches that thirty times as slowly as the rest."""
        with self.connection.failures():
            self.connection.client.flush(self.name, timeout=self.connection.timeout_s)

    def marker(self) -> Marker | None:
        """`None` if the collection does not exist or was never filled to the end.

        It is read before each search, so this is where a server that was started again is told to load.
        """
        with self.connection.failures():
            try:
                return self._marker()
            except MilvusException as error:
                if error.code == ErrorCode.COLLECTION_NOT_FOUND:
                    return None
                if error.code != _NOT_LOADED:
                    raise
        self.load()
        with self.connection.failures():
            return self._marker()

    def set_marker(self, marker: Marker) -> None:
        nothing = np.zeros(self.size, np.float32)
        self._upsert(
            [
                {
                    "id": _MARKER,
                    "owner": marker.incarnation,
                    "row": -1,
                    "mark": marker.sequence,
                    "vector": nothing,
                }
            ]
        )

    def put(self, subjects: Mapping[SubjectId, Vectors], *, replacing: Sequence[SubjectId]) -> None:
        """New rows first, then what those of `replacing` have too many, so that nobody is missing in between.

        Rows of the same number take each other's place; the others are told apart by the mark of this call.
        """
        mark = secrets.randbits(62)
        entities: list[dict[str, object]] = [
            {"id": f"{owner.hex}:{row}", "owner": owner.hex, "row": row, "mark": mark, "vector": vector}
            for owner, vectors in subjects.items()
            for row, vector in enumerate(vectors)
        ]
        for start in range(0, len(entities), _BATCH_ROWS):
            self._upsert(entities[start : start + _BATCH_ROWS])
        for start in range(0, len(replacing), _BATCH_OWNERS):
            self._delete(f"{_among(replacing[start : start + _BATCH_OWNERS])} and mark != {mark}")

    def remove(self, owner: SubjectId) -> None:
        self._delete(_among([owner]))

    def search(self, probes: Vectors, limit: int, *, without: Sequence[str] = ()) -> list[list[Hit]]:
        """For each probe up to `limit` rows, nearest first, of other owners than `without`."""
        chosen = ", ".join(f'"{owner}"' for owner in without)
        client = self.connection.client
        with self.connection.failures():
            found = client.search(
                self.name,
                list(probes),
                filter=f"owner not in [{chosen}]" if without else "",
                limit=min(limit + 1, MOST_HITS),  # the marker may be among them
                output_fields=["owner"],
                search_params={"metric_type": "IP"},
                timeout=self.connection.timeout_s,
            )
            return [
                [
                    Hit(owner=str(hit["entity"]["owner"]), score=float(hit["distance"]))
                    for hit in hits
                    if hit["id"] != _MARKER
                ][:limit]
                for hits in found
            ]

    def count(self, condition: str) -> int:
        """Entities for which this holds."""
        client = self.connection.client
        with self.connection.failures():
            found = client.query(
                self.name, filter=condition, output_fields=["count(*)"], timeout=self.connection.timeout_s
            )
            return int(found[0]["count(*)"])

    def _marker(self) -> Marker | None:
        found = list(
            self.connection.client.get(
                self.name, [_MARKER], output_fields=list(_COLUMNS), timeout=self.connection.timeout_s
            )
        )
        if not found:
            return None
        return Marker(incarnation=str(found[0]["owner"]), sequence=int(found[0]["mark"]))

    def _upsert(self, entities: list[dict[str, object]]) -> None:
        with self.connection.failures():
            self.connection.client.upsert(self.name, entities, timeout=self.connection.timeout_s)

    def _delete(self, condition: str) -> None:
        with self.connection.failures():
            self.connection.client.delete(self.name, filter=condition, timeout=self.connection.timeout_s)


def _among(owners: Sequence[SubjectId]) -> str:
    return "owner in [{}]".format(", ".join(f'"{owner.hex}"' for owner in owners))


def collections(connection: Connection, prefix: str) -> list[str]:
    """Names of collections that begin so. Raises `IndexDown`."""
    client = connection.client
    with connection.failures():
        names = [str(name) for name in client.list_collections(timeout=connection.timeout_s)]
    return [name for name in names if name.startswith(prefix)]


def drop(connection: Connection, name: str) -> None:
    """Does nothing if there is no such collection. Raises `IndexDown`."""
    client = connection.client
    with connection.failures():
        client.drop_collection(name, timeout=connection.timeout_s)
