"""Model packs: which weights, from where, under which licence, and what their scores mean."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import CalibrationMissing, ValueInvalid
from visavis.domain.template import ModelIdentity


class SourceKind(StrEnum):
    """How a published file is fetched."""

    PYPI = "pypi"
    NPM = "npm"
    HTTPS = "https"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an artefact is published.

    For `pypi` and `npm`: `name` and `version` of the distribution and the `member` path inside it. For
    `https`: `name` is the URL, `member` a path inside the ZIP behind it or empty. For `file`: `name` is a path.
    `archive_bytes` is the size of the archive around the member: it bounds the download and scales the
    progress bar; 0 where there is no archive or its size is unknown.
    """

    kind: SourceKind
    name: str
    version: str = ""
    member: str = ""
    archive_bytes: int = 0

    def __str__(self) -> str:
        match self.kind:
            case SourceKind.PYPI:
                return f"the PyPI distribution {self.name} {self.version}"
            case SourceKind.NPM:
                return f"the npm package {self.name} {self.version}"
            case _:
                return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What one may do with an artefact, in a name and in plain words."""

    name: str  #: SPDX identifier where there is one
    commercial: bool
    words: str

    @property
    def needs_acceptance(self) -> bool:
        """Weights that may not be used commercially are loaded only after an explicit yes."""
        return not self.commercial


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """One published file. `sha256` is that of the file itself, not of the archive around it."""

    name: str
    source: Source
    sha256: str
    size_bytes: int
    licence: Licence
    provenance: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueInvalid(f"The artefact {self.name} needs a SHA-256 in lower-case hexadecimal digits.")
        if self.size_bytes < 1:
            raise ValueInvalid(f"The artefact {self.name} needs the size of its file in bytes.")

    @property
    def filename(self) -> str:
        """What the file is called where it is published, and in the model directory."""
        path = (self.source.member or self.source.name).partition("?")[0]
        return path.rstrip("/").rpartition("/")[2] or "artefact"


class DetectorFamily(StrEnum):
    YUNET = "yunet"
    SCRFD = "scrfd"
    MTCNN = "mtcnn"


class EmbedderFamily(StrEnum):
    ARCFACE = "arcface"  #: 112 px chip aligned to the ArcFace template, (x - mean) / scale
    DLIB = "dlib"  #: 150 px chip, RGB, normalisation inside the graph


class ColourOrder(StrEnum):
    BGR = "bgr"
    RGB = "rgb"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionPlan:
    """How thoroughly a picture is searched.

    `min_face_px` is the smallest face, in original pixels, worth the search; `max_side_px` bounds the long
    side of what the detector sees (0: unbounded, so that `min_face_px` decides). With `refine` the landmarks
    of each face are taken from two more looks at it.
    """

    min_score: float = 0.6
    min_face_px: int = 24
    max_side_px: int = 0
    retry_rotated: bool = True
    refine: bool = True

    def __post_init__(self) -> None:
        if not (0.0 < self.min_score < 1.0 and self.min_face_px >= 8 and self.max_side_px >= 0):
            raise ValueInvalid("A detection plan needs a score between 0 and 1 and faces of 8 px or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSpec:
    family: DetectorFamily
    artefact: Artefact
    plan: DetectionPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityMap:
    """Maps the length of the raw embedding to a unified quality of 0..100 by a logistic curve.

    The length predicts recognition failure better than anything seen in the pixels; `centre` is the length
    worth 50 and `width` the length that changes the odds by e. Fitted per model.
    """

    centre: float
    width: float

    def unified(self, norm: float) -> float:
        return 100.0 / (1.0 + math.exp(-max(min((norm - self.centre) / self.width, 50.0), -50.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBalance:
    """The weight of a template by the length of its raw embedding: (reference / length) ** exponent.

    Templates of good photos have longer embeddings, and their non-mated cosines spread wider; weighting both
    sides gives all qualities the same false-match rate at one threshold, which saves a quarter of the false
    non-matches (docs/why/score-balance.md). Lengths are bounded to `low`..`high`, so that no degenerate
    picture is weighted beyond what was measured.
    """

    reference: float
    exponent: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0.0 < self.low < self.reference < self.high and 0.0 <= self.exponent <= 1.0):
            raise ValueInvalid("A score balance needs 0 < low < reference < high and an exponent of 0 to 1.")

    def weight(self, norm: float) -> float:
        return float((self.reference / min(max(norm, self.low), self.high)) ** self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSpec:
    """Input contract of an embedder. `contract` names alignment and preprocessing inside the model identity.

    `mirror`: references are averaged with their mirror image; off where descriptors must equal those of others.
    """

    family: EmbedderFamily
    artefact: Artefact
    contract: str
    dimension: int
    side: int
    colour: ColourOrder
    mean: tuple[float, float, float]
    scale: float
    quality: QualityMap | None
    balance: ScoreBalance | None = None
    mirror: bool = True

    @property
    def model(self) -> ModelIdentity:
        return ModelIdentity(
            family=self.family,
            digest=self.artefact.sha256,
            contract=self.contract,
            dimension=self.dimension,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A detector and an embedder that belong together, and the calibrations of their scores."""

    name: str
    title: str
    description: str
    detector: DetectorSpec
    embedder: EmbedderSpec
    calibrations: tuple[Calibration, ...]
    builtin: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", self.name):
            raise ValueInvalid("A pack name has lower-case letters, digits, dots, dashes and underscores.")
        if any(calibration.model != self.embedder.model for calibration in self.calibrations):
            raise ValueInvalid(f"A calibration of the pack {self.name} belongs to another model.")

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        return self.detector.artefact, self.embedder.artefact

    @property
    def needs_acceptance(self) -> bool:
        return any(artefact.licence.needs_acceptance for artefact in self.artefacts)

    def calibration(self, measure: Measure) -> Calibration:
        """The calibration of this measure; raises `CalibrationMissing`."""
        for calibration in self.calibrations:
            if calibration.measure is measure:
                return calibration
        raise CalibrationMissing(f"The model pack {self.name} has no calibration for {measure} scores.")
