"""Errors and trials by cohort: as measured, as if other subjects had come, and as if cohorts were dealt anew."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.bootstrap import SubjectNumbers, Weights
from visavis.evaluation.cohorts import Codes
from visavis.evaluation.comparisons import Mask, SamplePairs
from visavis.evaluation.scan import FalseMatches

Sums: TypeAlias = NDArray[np.float64]  #: (cohorts,), or (replicates, cohorts)


class Trials(Protocol):
    """The trials of one error rate; a trial belongs to a photo, or to two."""

    def counts(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        """Errors and trials of each cohort, (cohorts,)."""
        ...

    def drawn(self, codes: Codes, cohorts: int, weights: Weights) -> tuple[Sums, Sums]:
        """The same in each replicate, (replicates, cohorts)."""
        ...

    def raw(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        """Errors and trials as whole numbers of photos or comparisons, (cohorts,)."""
        ...

    def tried(self) -> Mask:
        """(n,), the photos that take part."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempts:
    """Each photo is one attempt or none: `errors` (n,) is the share of it that failed, `trials` (n,) is 1 or 0."""

    errors: NDArray[np.float64]
    trials: NDArray[np.float64]
    subjects: SubjectNumbers

    def counts(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        told = codes >= 0
        return (
            _summed(codes[told], self.errors[told], cohorts),
            _summed(codes[told], self.trials[told], cohorts),
        )

    def drawn(self, codes: Codes, cohorts: int, weights: Weights) -> tuple[Sums, Sums]:
        return (
            weights @ by_subject(self.errors, self.subjects, codes, weights.shape[1], cohorts),
            weights @ by_subject(self.trials, self.subjects, codes, weights.shape[1], cohorts),
        )

    def raw(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        return self.counts(codes, cohorts)

    def tried(self) -> Mask:
        return self.trials > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatedAttempts:
    """Each photo with another one of its subject is an attempt, compared with all of these.

    So a subject counts by its photos, not by their square, and a comparison for the cohort of its probe. `lost`
    (pairs,) says which comparisons were false non-matches.
    """

    pairs: SamplePairs
    lost: Mask
    attempts: Attempts

    @classmethod
    def of(cls, pairs: SamplePairs, lost: Mask, subjects: SubjectNumbers) -> "MatedAttempts":
        places = np.concatenate([pairs.first, pairs.second])
        compared = np.bincount(places, minlength=len(subjects)).astype(np.float64)
        failed = np.bincount(places, np.tile(lost, 2).astype(np.float64), minlength=len(subjects))
        shares = np.divide(failed, compared, out=np.zeros_like(failed), where=compared > 0)
        trials = (compared > 0).astype(np.float64)
        return cls(pairs=pairs, lost=lost, attempts=Attempts(errors=shares, trials=trials, subjects=subjects))

    def counts(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        return self.attempts.counts(codes, cohorts)

    def drawn(self, codes: Codes, cohorts: int, weights: Weights) -> tuple[Sums, Sums]:
        return self.attempts.drawn(codes, cohorts, weights)

    def raw(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        """Comparisons in which a photo of the cohort takes part."""
        one, two = codes[self.pairs.first], codes[self.pairs.second]
        errors, trials = np.zeros(cohorts), np.zeros(cohorts)
        for side, counted in ((one, one >= 0), (two, (two >= 0) & (two != one))):
            trials += np.bincount(side[counted], minlength=cohorts)
            errors += np.bincount(side[counted & self.lost], minlength=cohorts)
        return errors, trials

    def tried(self) -> Mask:
        return self.attempts.tried()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NonMatedPairs:
    """All comparisons of photos of different subjects; those in `matches` are false matches.

    `usable` (n,) photos have templates: a failed comparison must not make the false-match rate look better.
    """

    matches: FalseMatches
    usable: Mask
    subjects: SubjectNumbers

    def counts(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        """Within each cohort."""
        codes = np.where(self.usable, codes, -1)
        one, two = codes[self.matches.first], codes[self.matches.second]
        within = (one == two) & (one >= 0)
        errors = np.bincount(one[within], minlength=cohorts).astype(np.float64)
        held = self._photos(codes, cohorts)
        return errors, (held.sum(axis=0) ** 2 - (held**2).sum(axis=0)) / 2

    def drawn(self, codes: Codes, cohorts: int, weights: Weights) -> tuple[Sums, Sums]:
        codes = np.where(self.usable, codes, -1)
        one, two = codes[self.matches.first], codes[self.matches.second]
        within = (one == two) & (one >= 0)
        held = self._photos(codes, cohorts, weights.shape[1])
        trials = ((weights @ held) ** 2 - weights**2 @ held**2) / 2
        return self._drawn_errors(one[within].astype(np.intp), within, cohorts, weights), trials

    def raw(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        return self.counts(codes, cohorts)

    def tried(self) -> Mask:
        return self.usable

    def matrix(self, codes: Codes, cohorts: int) -> tuple[Sums, Sums]:
        """Errors and trials between every two cohorts, (cohorts, cohorts), symmetric; within on the diagonal."""
        unit = np.ones((1, int(self.subjects.max(initial=0)) + 1))
        errors, trials = self.drawn_matrix(codes, cohorts, unit)
        return errors[0], trials[0]

    def drawn_matrix(self, codes: Codes, cohorts: int, weights: Weights) -> tuple[Sums, Sums]:
        """The same in each replicate, (replicates, cohorts, cohorts).

        A comparison of subjects a and b counts w_a·w_b times, as in `evaluation.bootstrap`.
        """
        codes = np.where(self.usable, codes, -1)
        one, two = codes[self.matches.first], codes[self.matches.second]
        told = (one >= 0) & (two >= 0)
        cells = (np.minimum(one, two)[told].astype(np.intp) * cohorts + np.maximum(one, two)[told]).astype(
            np.intp
        )
        errors = self._drawn_errors(cells, told, cohorts**2, weights).reshape(-1, cohorts, cohorts)
        errors = errors + errors.swapaxes(1, 2) - errors * np.eye(cohorts)
        return np.asarray(errors), self._drawn_trials(codes, cohorts, weights)

    def _drawn_errors(self, cells: NDArray[np.intp], chosen: Mask, count: int, weights: Weights) -> Sums:
        """The weights of the chosen matches, summed by cell, (replicates, count)."""
        first, second = (self.subjects[side[chosen]] for side in (self.matches.first, self.matches.second))
        return np.stack([_summed(cells, drawn[first] * drawn[second], count) for drawn in weights])

    def _drawn_trials(self, codes: Codes, cohorts: int, weights: Weights) -> Sums:
        held = self._photos(codes, cohorts, weights.shape[1])
        sums, squares = weights @ held, weights**2
        own = np.stack([squares @ (held * held[:, [place]]) for place in range(cohorts)], axis=1)
        trials = sums[:, :, None] * sums[:, None, :] - own
        return np.asarray(trials * (1.0 - 0.5 * np.eye(cohorts)))

    def _photos(self, codes: Codes, cohorts: int, subjects: int | None = None) -> Sums:
        """Photos of each subject in each cohort, (subjects, cohorts)."""
        most = int(self.subjects.max(initial=0)) + 1 if subjects is None else subjects
        return by_subject(np.ones(len(codes)), self.subjects, codes, most, cohorts)


def by_subject(
    values: NDArray[np.float64], subjects: SubjectNumbers, codes: Codes, most: int, cohorts: int
) -> Sums:
    """Sums of the values (n,) by subject and cohort, (most, cohorts)."""
    told = codes >= 0
    cells = subjects[told].astype(np.intp) * cohorts + codes[told]
    return _summed(cells, values[told], most * cohorts).reshape(most, cohorts)


def _summed(cells: NDArray[np.integer], values: NDArray[np.float64], length: int) -> Sums:
    return np.asarray(np.bincount(cells, values, minlength=length), np.float64)
