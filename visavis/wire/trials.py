"""Trials of model packs, as documents."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document
from visavis.wire.v1.trials import TrialDetail, TrialNote, TrialStopped


class TrialsDocument(Document):
    """Packs on trial."""

    title: ClassVar[str] = "trials list"
    kind: Literal["visavis.trials/1"] = Field(default="visavis.trials/1", alias="schema")
    trials: tuple[TrialNote, ...]


class TrialDocument(Document):
    """One of them, with its latest disagreements."""

    title: ClassVar[str] = "trials start, trials show"
    kind: Literal["visavis.trial/1"] = Field(default="visavis.trial/1", alias="schema")
    trial: TrialDetail


class TrialStoppedDocument(Document):
    """A trial that is over."""

    title: ClassVar[str] = "trials stop"
    kind: Literal["visavis.trial.stopped/1"] = Field(default="visavis.trial.stopped/1", alias="schema")
    stopped: TrialStopped
