"""What lies on the disk after people were enrolled with the command line."""

from pathlib import Path

import numpy as np
import pytest

from tests.acceptance.conftest import Machine
from visavis.bootstrap.local import open_store
from visavis.domain.arrays import Vector
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings

pytestmark = [pytest.mark.models, pytest.mark.postgres, pytest.mark.anyio]

NAME = "Zoë Quarzmüller"


def pieces(vector: Vector) -> list[bytes]:
    """Runs of the numbers as they are and as a direction, in several widths, raw and in hexadecimal."""
    forms = (vector, vector / np.linalg.norm(vector))
    runs = [
        form[start : start + 4].astype(kind).tobytes()
        for form in forms
        for start in (0, 100, 400)
        for kind in ("<f4", ">f4", "<f8", "<f2")
    ]
    return [*runs, *(run.hex().encode() for run in runs)]


def contents_of(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def holding(files: dict[Path, bytes], needles: list[bytes]) -> set[str]:
    return {file.name for file, content in files.items() if any(needle in content for needle in needles)}


async def test_no_file_holds_a_template_or_a_photo_and_only_tables_hold_names(
    machine: Machine, photos: dict[str, Path]
) -> None:
    data = Path(machine.environment["VISAVIS_DATA_DIR"])
    machine.visavis("up")
    machine.visavis("enrol", NAME, photos["collins"], photos["collins_again"])
    machine.visavis("enrol", NAME, photos["hopper"], code=3)
    machine.visavis("identify", photos["collins_again"], photos["hopper"])
    async with open_store(Settings(data_dir=data)) as store, store.transaction(DEFAULT_TENANT) as work:
        (summary,) = await work.galleries.all()
        kept = [
            r for batch in [b async for b in work.references.everything(summary.gallery.id)] for r in batch
        ]
    machine.visavis("down")  # writes what was only in memory

    files = contents_of(data)
    templates = [piece for reference in kept for piece in pieces(reference.template.vector)]
    contents = [photos[name].read_bytes() for name in ("collins", "collins_again", "hopper")]
    images = [piece for content in contents for piece in (content[300:340], content[-60:-20])]
    assert len(kept) == 2
    assert holding({data: kept[0].template.vector.tobytes()}, templates), "the search finds nothing at all"
    assert holding(files, templates) == set()
    assert holding(files, [*images, *(piece.hex().encode() for piece in images)]) == set()
    assert holding(files, [path.name.encode() for path in photos.values()]) == set()
    named = [file for file, content in files.items() if NAME.encode() in content]
    assert named
    assert {file.parent.name for file in named if file.parent.parent.name != "base"} <= {"pg_wal"}
