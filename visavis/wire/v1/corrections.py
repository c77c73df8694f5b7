"""Corrections: what clients ask for."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from visavis.wire.corrections import CorrectionNote
from visavis.wire.model import Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Name, closed

_ONE = "6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11"
_OTHER = "0b9d2c1e-8a47-4f5e-b1a3-5c6d7e8f9a0b"

Note = Annotated[str, Field(max_length=500, pattern=PLAIN, description="Why; no names, please.")]


class CorrectionList(Page):
    corrections: tuple[CorrectionNote, ...]


class Deny(Model):
    """Not this person."""

    model_config = closed(event_id=_ONE, note="the twin")

    event_id: UUID
    subject_id: Annotated[
        UUID | None, Field(description="Who it is not, for an event that names nobody; else whom it names.")
    ] = None
    note: Note = ""


class Assign(Model):
    """This person instead: by identifier, or by name."""

    model_config = closed(event_id=_ONE, name="anna", enrol=True)

    event_id: UUID
    subject_id: UUID | None = None
    name: Annotated[Name | None, Field(description="Of the subject, instead of its identifier.")] = None
    create: Annotated[bool, Field(description="Make a new subject if there is none of this name.")] = False
    enrol: Annotated[bool, Field(description="What was seen becomes a further reference.")] = False
    force: Annotated[
        bool, Field(description="Enrol although it does not look like the subject's other references.")
    ] = False
    note: Note = ""


class Merge(Model):
    """Two subjects are one human."""

    model_config = closed(subject_id=_ONE, into_id=_OTHER)

    subject_id: Annotated[UUID, Field(description="Who will be no more; the identifier leads to the other.")]
    into_id: UUID
    confirm: Annotated[
        tuple[Name, ...],
        Field(
            max_length=2,
            description="The names of both: asked for where both were chosen by somebody, or where a person said "
            "that these are two humans.",
        ),
    ] = ()
    note: Note = ""


class SplitApart(Model):
    """One subject was two humans: what shows the other one."""

    model_config = closed(subject_id=_ONE, reference_ids=[_OTHER], name="berta")

    subject_id: UUID
    reference_ids: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    event_ids: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    name: Annotated[Name | None, Field(description="Of the new subject; null: it stays without one.")] = None
    note: Note = ""
