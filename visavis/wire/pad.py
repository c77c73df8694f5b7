"""Error rates of attack detection."""

from typing import Literal

from pydantic import Field

from visavis.wire.evaluation import RateNote
from visavis.wire.model import Document, Model, Number


class PresentedNote(Model):
    """How much was presented of one label."""

    label: str = Field(description="`bona_fide`, or the attack instrument.")
    presentations: int
    subjects: int | None = Field(description="Null where the table has no column subject.")
    non_response: RateNote = Field(
        description="BPNRR or APNRR: presentations without a response, which are in no other rate."
    )


class SpeciesNote(Model):
    """APCER of one attack instrument."""

    species: str
    apcer: RateNote


class PadPointNote(Model):
    """Rates at one threshold."""

    name: str
    threshold: Number
    bpcer: RateNote
    apcer: list[SpeciesNote]
    worst_species: str = Field(
        description="The one whose APCER is highest; that one is the detector's APCER."
    )
    acer: Number = Field(
        description="Mean of the worst APCER and BPCER: a remark, for comparison with papers."
    )


class PadDocument(Document):
    """Attack detection by ISO/IEC 30107-3: at given thresholds and at the usual operating points."""

    title = "visavis evaluate pad"
    kind: Literal["visavis.evaluate-pad/1"] = Field(default="visavis.evaluate-pad/1", alias="schema")
    table: str
    bona_fide: PresentedNote
    species: list[PresentedNote]
    intervals: Literal["subjects", "presentations"] = Field(
        description="What the 95 % intervals draw: subjects where the table names them."
    )
    deployed: list[PadPointNote] = Field(description="At the thresholds that were given.")
    at_bpcer: list[PadPointNote] = Field(
        description="At the highest thresholds that refuse 1 and 5 % of the bona fide."
    )
    at_apcer: list[PadPointNote] = Field(
        description="At the lowest thresholds that 10, 5 and 1 % of every instrument pass: BPCER10, 20, 100."
    )
