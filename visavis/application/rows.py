"""The rows of a gallery that a probe is compared with, as one matrix: references, and the means of subjects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores, Vectors
from visavis.domain.decision import Measure
from visavis.domain.subject import Reference
from visavis.domain.template import Template

_SHORTEST = np.float32(1e-9)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubjectRows:
    """Subject after subject: every reference, then their mean (`domain.template.fuse`) if there are several.

    `starts` are the first rows of the subjects, (subjects,); `norms`, (rows,), as in `Template`.
    """

    vectors: Vectors
    norms: NDArray[np.float32]
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, subjects: Sequence[Sequence[Reference]]) -> "SubjectRows":
        """No subject is empty."""
        templates = [reference.template for references in subjects for reference in references]
        vectors = np.stack([template.vector for template in templates])
        norms = np.array([template.norm for template in templates], np.float32)
        return cls.of_arrays(vectors, norms, np.array([len(references) for references in subjects], np.intp))

    @classmethod
    def of_arrays(
        cls, vectors: Vectors, norms: NDArray[np.float32], counts: NDArray[np.intp]
    ) -> "SubjectRows":
        """All at once, because a call for each subject costs more than its arithmetic. `counts` are at least 1."""
        firsts = np.cumsum(counts) - counts
        several = counts > 1
        if not several.any():
            return cls(vectors=vectors, norms=norms, starts=firsts)
        behind = (firsts + counts)[several]
        means, mean_norms = _means(vectors, norms, firsts, counts)
        sizes = counts + several
        return cls(
            vectors=np.insert(vectors, behind, means[several], axis=0),
            norms=np.insert(norms, behind, mean_norms[several]),
            starts=np.cumsum(sizes) - sizes,
        )

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many rows each subject has, (subjects,)."""
        return np.diff(self.starts, append=len(self.vectors))

    def split(self) -> list[Vectors]:
        """The rows of each subject."""
        return np.split(self.vectors, self.starts[1:])

    def best_scores(self, probe: Template, measure: Measure) -> Scores:
        """The best score of each subject, (subjects,), as `domain.decision.compare` gives them to float32."""
        products = self.vectors @ probe.vector
        if measure is Measure.EUCLIDEAN:
            lengths = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(probe.vector)
            twice = 2.0 * probe.norm * self.norms * products / lengths
            products = 1.0 - np.sqrt(np.maximum(probe.norm**2 + self.norms**2 - twice, 0.0))
        return np.maximum.reduceat(products, self.starts).astype(np.float32, copy=False)


def _means(
    vectors: Vectors, norms: NDArray[np.float32], firsts: NDArray[np.intp], counts: NDArray[np.intp]
) -> tuple[Vectors, NDArray[np.float32]]:
    """What `fuse` computes, for each subject: mean direction with the mean weight, and the mean norm."""
    lengths = np.linalg.norm(vectors, axis=1)
    sums = np.add.reduceat(vectors / lengths[:, None], firsts, axis=0)
    weights = np.add.reduceat(lengths, firsts) / counts
    sums *= (weights / np.maximum(np.linalg.norm(sums, axis=1), _SHORTEST))[:, None]
    return sums, np.asarray(np.add.reduceat(norms, firsts) / counts, np.float32)
