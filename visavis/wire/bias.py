"""An audit of bias, and its signed form."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Model, Number


class BiasFinding(Model):
    """One sentence for people."""

    level: str = Field(description="bad: found; watch: too little data; good; note.")
    text: str


class BiasRatio(Model):
    """How many times one rate is another, with its 95 % interval."""

    value: Number | None = Field(description="Null where the other rate is 0; the bounds still hold.")
    low: Number
    high: Number


class BiasEstimate(Model):
    """A rate with its 95 % interval over subjects."""

    value: Number | None = Field(description="Null without trials.")
    low: Number
    high: Number
    errors: int = Field(description="Photos or comparisons; for FNMR the value is the mean over attempts.")
    trials: int
    subjects: int
    supported: bool = Field(description="Whether 30 or more errors were counted (rule of 30).")


class BiasCohortRate(Model):
    """A rate of one cohort. Ratios are null for cohorts with too few subjects."""

    cohort: str
    estimate: BiasEstimate
    compared: bool = Field(description="Whether the cohort has enough subjects to be compared.")
    to_best: BiasRatio | None
    to_overall: BiasRatio | None
    to_others: BiasRatio | None
    chance: Number | None = Field(
        description="Of such a difference by accident, corrected for the whole audit; null where not tested."
    )
    found: bool


class BiasInequity(Model):
    """Summaries over the compared cohorts; null where a rate is 0."""

    max_min: Number | None = Field(description="Largest rate over smallest.")
    max_mean: Number | None = Field(description="Largest rate over the geometric mean.")
    gini: Number


class BiasRate(Model):
    """One error rate over the cohorts of an attribute."""

    rate: str = Field(description="fte, fta, fnmr or fmr.")
    overall: BiasEstimate
    best: str | None
    tested: bool
    needed_subjects: int | None = Field(
        description="A cohort of this size would show twice the overall rate, in 4 of 5 audits."
    )
    cohorts: tuple[BiasCohortRate, ...]
    inequity: BiasInequity | None


class BiasCross(Model):
    """FMR between strangers of two cohorts."""

    one: str
    other: str
    fmr: BiasEstimate


class BiasCohort(Model):
    """What may explain the errors of a cohort. Shifts are in standard deviations of all scores of the kind."""

    cohort: str
    subjects: int
    photos: int
    quality: Number | None = Field(description="Mean unified quality, 0 to 100.")
    mated_shift: Number | None
    non_mated_shift: Number | None = Field(description="Of strangers within the cohort.")
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")


class BiasAttribute(Model):
    """The cohorts of one attribute."""

    attribute: str
    per_photo: bool = Field(description="Whether it changes from photo to photo of a subject.")
    unstated: int = Field(description="Photos about which the table says nothing.")
    withheld: int = Field(description="Cohorts left out because they have fewer than 3 subjects.")
    cohorts: tuple[BiasCohort, ...]
    rates: tuple[BiasRate, ...]
    cross_fmr: tuple[BiasCross, ...] = Field(description="Empty with more than 20 cohorts.")
    garbe: Number | None = Field(description="Gini aggregation rate of FMR and FNMR, equal weights.")
    inequity_rate: Number | None = Field(description="Geometric mean of max-min of FMR and FNMR.")
    stricter_fmr: Number | None = Field(
        description="Target rate at which the worst cohort has the FMR that was meant for all."
    )


class BiasDocument(Document):
    """Error rates by cohort at the threshold in force. Contains names of cohorts and none of subjects."""

    title: ClassVar[str] = "evaluate bias"
    kind: Literal["visavis.bias-audit/1"] = Field(default="visavis.bias-audit/1", alias="schema")
    made_at: datetime
    software: str
    tenant: str | None = Field(description="Whose key signed it; null where nothing was signed.")
    gallery: str | None = Field(description="Whose policy was audited; null for a pack on its own.")
    pack: str
    model: str
    measure: str
    threshold: Number
    fmr: Number = Field(description="The false-match rate that the threshold promises.")
    calibration: str
    photos: int
    subjects: int
    least_subjects: int = Field(description="A cohort with fewer is not compared.")
    found: int = Field(description="Rates of cohorts that are worse than chance explains.")
    worst_ratio: Number | None
    findings: tuple[BiasFinding, ...]
    advice: tuple[str, ...]
    limits: tuple[str, ...] = Field(description="What this audit cannot tell.")
    attributes: tuple[BiasAttribute, ...]


class SignedBiasDocument(Document):
    """A signed audit of bias. `document` is the text that was signed, byte for byte."""

    title: ClassVar[str] = "the file that evaluate bias --signed writes"
    kind: Literal["visavis.signed-bias-audit/1"] = Field(
        default="visavis.signed-bias-audit/1", alias="schema"
    )
    document: str = Field(description="JSON of visavis.bias-audit/1; its UTF-8 bytes were signed.")
    sha256: str = Field(description="Of these bytes; the entry bias.audited of the audit log names it.")
    signature: str = Field(description="Ed25519, in hexadecimal digits.")
    public_key: str = Field(description="32 bytes in hexadecimal digits.")
    fingerprint: str = Field(description="SHA-256 of the public key: compare it with what you were told.")
