"""Descriptors of another program: compared, or taken over."""

from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.decision import FalseMatchRate
from visavis.wire.model import Document, Model, Number


class DescriptorPair(Model):
    """A descriptor of the one file against one of the other, nearest first."""

    reference: str
    probe: str
    distance: Number
    match: bool
    fmr: Number | None = Field(
        description="Share of strangers who are at least as near; null: not calibrated."
    )
    fmr_extrapolated: bool = False

    @classmethod
    def of(
        cls, reference: str, probe: str, *, distance: float, tolerance: float, fmr: FalseMatchRate | None
    ) -> Self:
        return cls(
            reference=reference,
            probe=probe,
            distance=distance,
            match=distance <= tolerance,
            fmr=fmr.value if fmr else None,
            fmr_extrapolated=bool(fmr and fmr.extrapolated),
        )


class CompareDescriptorsDocument(Document):
    """Euclidean distances of stored descriptors."""

    title: ClassVar[str] = "compare-descriptors"
    kind: Literal["visavis.compare-descriptors/1"] = Field(
        default="visavis.compare-descriptors/1", alias="schema"
    )
    tolerance: Number
    tolerance_fmr: Number | None = Field(
        description="False-match rate at the tolerance; null: not calibrated."
    )
    calibration: str | None
    supported_fmr: Number | None = Field(
        default=None, description="Smallest false-match rate that the calibration's data supports."
    )
    matches: int
    pairs: tuple[DescriptorPair, ...]


class ImportDescriptorsDocument(Document):
    """Descriptors that were taken over as references."""

    title: ClassVar[str] = "import-descriptors"
    kind: Literal["visavis.import-descriptors/1"] = Field(
        default="visavis.import-descriptors/1", alias="schema"
    )
    gallery: str
    files: tuple[str, ...]
    descriptors: int
    subjects: int
    imported: int
    already_there: int
