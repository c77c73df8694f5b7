"""What a model pack must show before it may become the default."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from visavis.domain.card import RateKind
from visavis.domain.errors import ValueInvalid

MEASURED: Final = {RateKind.FNMR: (1e-2, 1e-3, 1e-4, 1e-5), RateKind.FNIR: (1e-1, 1e-2, 1e-3)}
"""The targets at which an evaluation measures, and so those that a card can hold."""
MEASURED_REFERENCES: Final = (1, 3)


class Bound(StrEnum):
    """What has to stay below a limit."""

    HIGH = "high"  #: the upper end of the 95 % interval: the true rate is below the limit, as far as one can know
    VALUE = "value"  #: the measured rate alone


class Searches(StrEnum):
    """What limits of searches mean for a card whose data hold too few strangers to measure them."""

    REQUIRED = "required"
    IF_MEASURED = "if_measured"


class Against(StrEnum):
    """What a candidate has to show against the pack in force."""

    NOT_WORSE = "not_worse"
    ANYTHING = "anything"  #: it is not compared


def limit_name(kind: RateKind, target: float, references: int | None) -> str:
    """`FNMR at FMR 0.001`."""
    if kind is RateKind.FNIR:
        return f"FNIR at FPIR {target:g}, {references} reference{'s' * (references != 1)}"
    return f"FNMR at FMR {target:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """No more than `most` at this target; searches with `references` per subject."""

    kind: RateKind
    target: float
    most: float
    references: int | None = None

    def __post_init__(self) -> None:
        targets = MEASURED.get(self.kind, ())
        if self.target not in targets:
            known = ", ".join(f"{target:g}" for target in targets)
            raise ValueInvalid(
                f"Cards hold rates at {known or 'no target of this kind'}, not at {self.target:g}."
            )
        if not 0.0 < self.most <= 1.0:
            raise ValueInvalid("A limit lies between 0 and 1.")
        if self.references not in (None, *MEASURED_REFERENCES):
            raise ValueInvalid("Searches are measured with 1 and with 3 references.")
        if (self.kind is RateKind.FNIR) != (self.references is not None):
            raise ValueInvalid("Limits of searches, and only these, say how many references there are.")

    @property
    def name(self) -> str:
        return limit_name(self.kind, self.target, self.references)

    @property
    def code(self) -> str:
        return f"{self.kind.value}_at_{self.target:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Limits of one gate; `digest` is the SHA-256 of the file they stand in, which every promotion records."""

    digest: str
    least_subjects: int
    least_mated: int
    least_non_mated: int
    most_fta: float
    bound: Bound
    limits: tuple[RateLimit, ...]
    searches: Searches
    against: Against

    def __post_init__(self) -> None:
        if (
            min(self.least_subjects, self.least_mated, self.least_non_mated) < 1
            or not 0 <= self.most_fta <= 1
        ):
            raise ValueInvalid("A gate asks for some data, and for a failure rate between 0 and 1.")
        if not self.limits:
            raise ValueInvalid("A gate has a limit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that a gate asks: what was found, and what it should be. `code` is stable, for programs."""

    code: str
    name: str
    passed: bool
    found: str
    wanted: str
    advice: str = ""
