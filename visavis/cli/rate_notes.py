"""Measured rates as parts of documents."""

import math

from visavis.evaluation.rates import RateAt
from visavis.wire.evaluation import RateNote


def rate_note(rate: RateAt) -> RateNote:
    return RateNote(
        target=rate.target,
        value=rate.value,
        low=rate.low,
        high=rate.high,
        threshold=rate.threshold if math.isfinite(rate.threshold) else None,
        errors=rate.errors,
        trials=rate.trials,
        supported=rate.supported,
    )
