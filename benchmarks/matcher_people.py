"""Templates that the matcher is measured with: those of real photographs, and strangers drawn to look like them."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from visavis.application.extract import Extract, Extraction
from visavis.bootstrap.evaluation import labelled_photos
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.settings import load_settings

Matrix = NDArray[np.float32]
CLUSTERS = 24
FMR = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """Photo by photo: the subject's number, the template as reference and as probe."""

    subjects: NDArray[np.intp]
    references: Matrix
    probes: Matrix

    @property
    def threshold(self) -> float:
        """What one of a million non-mated comparisons of these photos reaches."""
        scores = self.probes @ self.references.T
        return float(np.quantile(scores[self.subjects[:, None] != self.subjects], 1.0 - FMR))

    def mated(self, most: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """(pairs, 2), reference and probe from two photos of a subject, at most so many of each subject."""
        chosen = []
        for subject in np.unique(self.subjects):
            photos = np.flatnonzero(self.subjects == subject)
            pairs = np.array([(a, b) for a in photos for b in photos if a != b], np.intp).reshape(-1, 2)
            chosen.append(rng.permutation(pairs)[:most])
        return np.concatenate(chosen)

    def strangers(self, count: int, rng: np.random.Generator) -> Matrix:
        """Around the centres of clusters of the subjects, with the covariance that is left within them, and the weights
        of real templates. Their scores with real probes spread as those of real strangers do."""
        lengths = np.linalg.norm(self.references, axis=1)
        ones = self.references[np.unique(self.subjects, return_index=True)[1]]
        ones = ones / np.linalg.norm(ones, axis=1, keepdims=True)
        centres, labels = kmeans2(ones, CLUSTERS, minit="++", rng=0)
        within = np.cov((ones - centres[labels]).T) * len(ones) / (len(ones) - CLUSTERS)
        factor = np.linalg.cholesky(within + 1e-9 * np.eye(len(within))).T.astype(np.float32)
        made = np.empty((count, ones.shape[1]), np.float32)
        for start in range(0, count, 50_000):
            part = made[start : start + 50_000]
            part[:] = rng.standard_normal(part.shape, dtype=np.float32) @ factor
            part += centres[rng.choice(labels, len(part))]
            part *= (rng.choice(lengths, len(part)) / np.linalg.norm(part, axis=1))[:, None]
        return made


def people(photos: Path, pack: str, kept: Path | None, without: Sequence[str]) -> People:
    """Of a folder with one folder for each subject; `kept` is a file of their templates, made if it is not there."""
    rows = [(subject, photo) for subject, photo in labelled_photos(photos) if subject not in without]
    if kept is not None and kept.exists():
        with kept.open("rb") as stream:
            extraction = pickle.load(stream)["extraction"]  # noqa: S301  # our own
    else:
        extraction = extracted([photo for _, photo in rows], pack)
        if kept is not None:
            kept.write_bytes(pickle.dumps({"extraction": extraction}))
    references = {short(photo): template.vector for photo, template in extraction.references.items()}
    probes = {short(photo): template.vector for photo, template in extraction.probes.items()}
    found = [(subject, short(photo)) for subject, photo in rows if short(photo) in references]
    _, subjects = np.unique([subject for subject, _ in found], return_inverse=True)
    return People(
        subjects=subjects,
        references=np.stack([references[photo] for _, photo in found]),
        probes=np.stack([probes[photo] for _, photo in found]),
    )


def short(photo: str) -> tuple[str, ...]:
    """Folder and file, wherever the folder of folders lies."""
    return Path(photo).parts[-2:]


def extracted(photos: list[str], pack: str) -> Extraction:
    models = Models(load_settings())
    work = Extract(
        inference=models.inference(models.pack(pack)),
        read=lambda photo: read_file(Path(photo)),
        size=models.decoder().size,
        workers=models.settings.workers,
    )
    return anyio.run(work, photos)
