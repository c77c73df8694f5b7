"""The evaluation card of a model pack: how good it was, on which data, and what exactly was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.pack import Pack
from visavis.domain.template import ModelIdentity


class RateKind(StrEnum):
    """Error rates that a card can hold; targets are FMR for `FNMR` and FPIR for `FNIR`."""

    EER = "eer"
    FNMR = "fnmr"
    FNIR = "fnir"
    DEPLOYED_FMR = "deployed_fmr"
    DEPLOYED_FNMR = "deployed_fnmr"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRate:
    """A measured rate with its 95 % interval over subjects.

    `references` per subject were enrolled for a search, in a gallery of `gallery` subjects. `supported`: the data
    reach the target (rule of 30).
    """

    kind: RateKind
    value: float
    low: float
    high: float
    errors: int
    trials: int
    supported: bool
    target: float | None = None
    threshold: float | None = None
    references: int | None = None
    gallery: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.value <= self.high <= 1.0:
            raise ValueInvalid("A rate lies within its interval, and both between 0 and 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One file of a pack, and under which licence it was when the card was made."""

    name: str
    sha256: str
    licence: str

    @classmethod
    def of(cls, pack: Pack) -> "tuple[Weights, ...]":
        return tuple(cls(name=a.name, sha256=a.sha256, licence=a.licence.name) for a in pack.artefacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCard:
    """Nothing in it depends on the machine: the same pack on the same data gives the same rates anywhere.

    `data` is what its maker calls the data; `data_digest` is computed from the photos and from which of them show the
    same person, not from names. `calibration` names the data behind the `thresholds` (by FMR) that were in force,
    empty where there was none. `failures` counts photos without a template by the code of the reason.
    """

    pack: str
    model: ModelIdentity
    weights: tuple[Weights, ...]
    commercial: bool
    measure: Measure
    data: str
    data_digest: str
    photos: int
    subjects: int
    failures: Mapping[str, int]
    failure_to_acquire: float
    failure_to_enrol: float
    mated: int
    non_mated: int
    rates: tuple[CardRate, ...]
    calibration: str
    thresholds: Mapping[str, float]
    software: Mapping[str, str]
    at: datetime

    def __post_init__(self) -> None:
        if not self.data.strip():
            raise ValueInvalid("A card names its data.")
        if len(self.data_digest) != 64 or self.at.tzinfo is None:
            raise ValueInvalid("A card has the SHA-256 of its data and a time with time zone.")

    def is_of(self, pack: Pack) -> bool:
        """Whether it was measured with the weights that the pack has now."""
        mine = tuple(weights.sha256 for weights in self.weights)
        return self.model == pack.embedder.model and mine == tuple(a.sha256 for a in pack.artefacts)

    def rate(
        self, kind: RateKind, target: float | None = None, references: int | None = None
    ) -> CardRate | None:
        """The rate at this target, `None` if it was not measured."""
        for one in self.rates:
            if (one.kind, one.target, one.references) == (kind, target, references):
                return one
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCard:
    """A card with the SHA-256 of its file, which names it; `shipped`: it came with Visavis."""

    card: EvaluationCard
    digest: str
    shipped: bool
