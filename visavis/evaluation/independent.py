"""Error rates of comparisons whose subjects are not known.

Each comparison is then taken as a subject of its own. Where several show the same people, the true uncertainty is
larger than these intervals say.
"""

import numpy as np

from visavis.evaluation.bootstrap import Rates, Resampling, percentile_interval
from visavis.evaluation.rates import RULE_OF_30, RateAt, above, share, wilson_interval
from visavis.evaluation.verification import Verification

_DEFAULT = Resampling()  # a value, not a state


class IndependentVerification(Verification):
    """As `Verification`, but replicates draw comparisons, in closed form: nothing grows with their number.

    Drawing n non-mated comparisons with replacement, the one that is the (k+1)th highest was at place floor(n·U) of
    the original order, with U ~ Beta(k+1, n-k) (order statistics of a uniform sample; David and Nagaraja, Order
    Statistics, 2003). The errors at a threshold are binomial.
    """

    def fnmr_replicates(self, target: float, resampling: Resampling = _DEFAULT) -> Rates:
        rng, count = np.random.default_rng(resampling.seed), self.non_mated
        allowed = min(int(target * count + 1e-9), count - 1)
        places = np.floor(count * rng.beta(allowed + 1, count - allowed, resampling.replicates))
        scores = self._falling[np.minimum(places, count - 1).astype(np.intp)]
        missed = np.searchsorted(self._mated, [above(float(score)) for score in scores])
        return np.asarray(rng.binomial(self.mated, missed / self.mated) / self.mated)

    def fnmr_at_fmr(
        self, target: float, resampling: Resampling = _DEFAULT, *, rates: Rates | None = None
    ) -> RateAt:
        threshold = self.threshold_at_fmr(target)
        errors = self._false_non_matches(threshold)
        low, high = wilson_interval(errors, self.mated)
        rates = self.fnmr_replicates(target, resampling) if rates is None else rates
        drawn = percentile_interval(rates, share(errors, self.mated))
        return self._rate(
            errors,
            self.mated,
            threshold,
            (min(low, drawn[0]), max(high, drawn[1])),
            target=target,
            needed=target * self.non_mated,
        )

    def fnmr_at(self, threshold: float, resampling: Resampling = _DEFAULT) -> RateAt:  # noqa: ARG002 (nothing is drawn)
        errors = self._false_non_matches(threshold)
        return self._rate(errors, self.mated, threshold, wilson_interval(errors, self.mated))

    def fmr_at(self, threshold: float, resampling: Resampling = _DEFAULT) -> RateAt:  # noqa: ARG002 (nothing is drawn)
        errors = self._false_matches(threshold)
        return self._rate(errors, self.non_mated, threshold, wilson_interval(errors, self.non_mated))

    def eer_replicates(self, value: float, resampling: Resampling = _DEFAULT) -> Rates:
        """Errors of the kind of which there are fewer trials: its uncertainty bounds that of their crossing."""
        trials = min(self.mated, self.non_mated)
        return np.random.default_rng(resampling.seed).binomial(trials, value, resampling.replicates) / trials

    def equal_error_rate(self, resampling: Resampling = _DEFAULT, *, rates: Rates | None = None) -> RateAt:  # noqa: ARG002 (nothing is drawn)
        value, threshold = self.crossing()
        if rates is None:
            trials = min(self.mated, self.non_mated)
            low, high = wilson_interval(round(value * trials), trials)
        else:
            low, high = percentile_interval(rates, value)
        errors = self._false_non_matches(threshold)
        return self._rate(errors, self.mated, threshold, (min(low, value), max(high, value)), value=value)

    def _rate(
        self,
        errors: int,
        trials: int,
        threshold: float,
        interval: tuple[float, float],
        *,
        target: float | None = None,
        needed: float | None = None,
        value: float | None = None,
    ) -> RateAt:
        return RateAt(
            target=target,
            value=share(errors, trials) if value is None else value,
            low=interval[0],
            high=interval[1],
            threshold=threshold,
            errors=errors,
            trials=trials,
            supported=(errors if needed is None else needed) >= RULE_OF_30,
        )
