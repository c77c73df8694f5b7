"""Trials of model packs, as documents."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document
from visavis.wire.v1.trials import TrialNote


class TrialsDocument(Document):
    """Packs on trial; or the one that was started, changed, shown or stopped."""

    title: ClassVar[str] = "trials list, trials start, trials show, trials stop"
    kind: Literal["visavis.trials/1"] = Field(default="visavis.trials/1", alias="schema")
    trials: tuple[TrialNote, ...]
