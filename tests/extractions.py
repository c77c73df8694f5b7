"""The templates of all development photographs, made once for all tests that ask about accuracy."""

import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import anyio

from visavis.application.extract import Extract, Extraction
from visavis.bootstrap.evaluation import labelled_photos
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models

KEPT = "VISAVIS_TEST_EXTRACTIONS"
"""A folder of one's own where extractions are kept from one run to the next; use it only while the models stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledExtraction:
    """Rows (subject, photo) and what became of each photo."""

    rows: list[tuple[str, str]]
    extraction: Extraction


LfwExtraction: TypeAlias = Callable[[str], LabelledExtraction]


def relocated(found: Extraction, images: Path) -> Extraction:
    """The same photos below `images`, wherever they lay when they were looked at."""

    def here(photo: str) -> str:
        return str(images.joinpath(*Path(photo).parts[-2:]))

    return replace(
        found,
        references={here(photo): template for photo, template in found.references.items()},
        probes={here(photo): template for photo, template in found.probes.items()},
        failures={here(photo): code for photo, code in found.failures.items()},
        refused=frozenset(map(here, found.refused)),
    )


def extracted(models: Models, pack: str, images: Path) -> LabelledExtraction:
    """Every photo below `images`, one folder per subject, as reference and as probe."""
    rows = labelled_photos(images)
    kept = os.environ.get(KEPT)
    file = Path(kept) / f"{pack}.pickle" if kept else None
    if file is not None and file.exists():
        with file.open("rb") as stream:
            found = pickle.load(stream)["extraction"]  # noqa: S301  # our own
        return LabelledExtraction(rows=rows, extraction=relocated(found, images))
    work = Extract(
        inference=models.inference(models.pack(pack)),
        read=lambda photo: read_file(Path(photo)),
        size=models.decoder().size,
        workers=models.settings.workers,
    )
    photos = [photo for _, photo in rows]
    with ThreadPoolExecutor(1) as apart:  # asynchronous tests ask, too, and they have a loop of their own
        extraction = apart.submit(lambda: anyio.run(work, photos)).result()
    if file is not None:
        with file.open("wb") as stream:
            pickle.dump({"extraction": extraction}, stream)
    return LabelledExtraction(rows=rows, extraction=extraction)
