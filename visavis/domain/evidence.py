"""What a calibration rests on: kept with it, so that it can be judged years later."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from visavis.domain.errors import ValueInvalid

MOST_CHECKS = 64
_DATA_NAME: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,300}")


def require_data_name(name: str) -> None:
    """Raises `ValueInvalid` for what data cannot be called: it is one line of every decision, file and answer."""
    if not _DATA_NAME.fullmatch(name):
        raise ValueInvalid("A calibration names its data: 1 to 300 characters, no control characters.")


class MadeFrom(StrEnum):
    """Whose templates were compared."""

    PHOTOS = "photos"  #: of a folder
    REFERENCES = "references"  #: of the gallery itself


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """What the thresholds of one half of the subjects did to the other half.

    `realised` is the FMR over both directions of all splits, `lowest` and `highest` of a single direction;
    `extrapolated`: the halves' calibrations had no data at this rate any more. `within` is the share of
    directions in which the other half's FMR lay inside the stated interval, `None` without intervals.
    """

    target: float
    realised: float
    lowest: float
    highest: float
    extrapolated: bool
    within: float | None = None

    @property
    def factor(self) -> float:
        """Above 1: more false matches than promised."""
        return self.realised / self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCheck:
    """The same for searches: FPIR among `references` of one half, with a threshold that was set on the other.

    `independent` is what the relation for independent comparisons would have given.
    """

    references: int
    subjects: int
    target: float
    realised: float
    independent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a calibration comes from. `digest` is the SHA-256 of all scores, mated ones first, each in rising order."""

    made_at: datetime
    software: str
    digest: str
    source: MadeFrom = MadeFrom.PHOTOS
    checks: tuple[CrossCheck, ...] = ()
    searches: tuple[SearchCheck, ...] = ()

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if not (len(self.software) <= 100 and len(self.digest) <= 100):
            raise ValueInvalid("The software and the digest of a calibration have at most 100 characters.")
        if max(len(self.checks), len(self.searches)) > MOST_CHECKS:
            raise ValueInvalid(f"A calibration has at most {MOST_CHECKS} checks of a kind.")
