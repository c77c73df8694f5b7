"""Two model packs side by side."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Model, Number
from visavis.wire.packs import PackUse

Outcome = Literal["better", "worse", "mixed", "no_difference_shown", "not_enough_data"]


class AmountNote(Model):
    """A figure of one pack with its 95 % interval."""

    value: Number
    low: Number
    high: Number
    errors: int | None = Field(default=None, description="Of `trials`, where the figure is a rate.")
    trials: int | None = None


class DifferenceNote(Model):
    """B against A over the same draws of people, with 95 % intervals. Below 0 and below 1: B has less."""

    value: Number
    low: Number
    high: Number
    ratio: Number | None = Field(description="B / A; null where A is 0.")
    ratio_low: Number | None
    ratio_high: Number | None
    p_value: Number | None = Field(description="Two-sided; null for facts such as the size of a template.")
    b_better: Number = Field(description="Probability that B has less, judged by the draws.")


class ComparedNote(Model):
    """One figure of both packs; less is better in each."""

    figure: str
    name: str = Field(description="The figure in words.")
    target: Number | None = Field(default=None, description="The FMR or FPIR at which it was measured.")
    references: int | None = Field(default=None, description="How many of each subject were enrolled.")
    a: AmountNote
    b: AmountNote
    difference: DifferenceNote
    verdict: Outcome
    advice: str = Field(description="What would be enough, where the data are not; may be empty.")


class ComparedPack(Model):
    """One of the two packs, and what it failed on."""

    pack: PackUse
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")


class CompareModelsDocument(Document):
    """Whether pack B is better than pack A on the same photos."""

    title: ClassVar[str] = "visavis evaluate compare"
    kind: Literal["visavis.compare-models/1"] = Field(default="visavis.compare-models/1", alias="schema")
    a: ComparedPack
    b: ComparedPack
    measure: str
    photos: int
    subjects: int
    mated: int
    non_mated: int
    verdict: Outcome = Field(description="About the error rates together; speed and size are left out.")
    summary: str
    figures: tuple[ComparedNote, ...]
