"""How long work takes, as it was lately."""

from dataclasses import dataclass

_SHARE = 0.05  # what the newest measurement counts
_OUTLIER = 4.0  # times the average that one measurement may count as: one huge photo does not close the door


@dataclass(slots=True)
class MovingAverage:
    """An exponentially weighted mean; 0 before the first measurement."""

    value: float = 0.0
    _count: int = 0

    def add(self, measured: float) -> None:
        if not self._count:
            self.value = measured
        else:
            self.value += _SHARE * (min(measured, _OUTLIER * self.value) - self.value)
        self._count += 1
