"""Galleries and their policies."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from visavis.domain.decision import Measure
from visavis.domain.gallery import Purpose
from visavis.domain.policy import EventPictures, Keep, Policy, Unknowns
from visavis.wire.galleries import GalleryEntry
from visavis.wire.model import Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Name, closed


class PolicyChange(Model):
    """What to change in a policy; what is left out stays as it is."""

    model_config = closed(fmr=1e-5, event_days=30)

    name: Annotated[str | None, Field(min_length=1, max_length=100, pattern=PLAIN)] = None
    measure: Measure | None = None
    fmr: Annotated[float | None, Field(ge=1e-9, le=0.5, description="False-match rate of 1:1 decisions.")] = (
        None
    )
    fpir: Annotated[
        float | None,
        Field(
            ge=1e-9,
            le=0.5,
            description="Share of people who are not enrolled that a search may take for somebody.",
        ),
    ] = None
    band: Annotated[
        float | None,
        Field(ge=1, le=1000, description="Up to this many times the rate: inconclusive. 1: never."),
    ] = None
    enrol_quality: Annotated[float | None, Field(ge=0, le=100)] = None
    max_references: Annotated[int | None, Field(ge=1, le=10_000, description="For each subject.")] = None
    capacity: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="References in the gallery.")] = (
        None
    )
    consent: Annotated[
        str | None,
        Field(
            max_length=200,
            pattern=PLAIN,
            description="Purpose that subjects must have consented to; empty: none is needed.",
        ),
    ] = None
    keep: Annotated[Keep | None, Field(description="What is kept beside templates, encrypted.")] = None
    unknowns: Annotated[Unknowns | None, Field(description="What becomes of faces that match nobody.")] = None
    reference_days: Annotated[
        int | None, Field(ge=0, le=36_500, description="After which references are removed; 0: never.")
    ] = None
    event_days: Annotated[
        int | None, Field(ge=0, le=36_500, description="After which events are removed; 0: none are kept.")
    ] = None
    probe_days: Annotated[
        int | None,
        Field(
            ge=0,
            le=36_500,
            description="For how long the templates of decisions are kept, encrypted, so that corrections can use"
            " them, and no longer than the events; 0: not at all.",
        ),
    ] = None
    event_pictures: Annotated[
        EventPictures | None,
        Field(
            description="Which picture is kept with an event, encrypted, so that people can look at decisions."
        ),
    ] = None
    event_picture_days: Annotated[
        int | None,
        Field(ge=0, le=36_500, description="For how long these are kept, and no longer than their events."),
    ] = None
    reviewers: Annotated[
        int | None,
        Field(ge=1, le=2, description="How many people must agree about what the machine left open."),
    ] = None
    copies: Annotated[
        bool | None, Field(description="Whether devices that match by themselves may hold a copy.")
    ] = None
    visitor_names: Annotated[
        bool | None,
        Field(description="Whether reports about visitors show the names of those who have one."),
    ] = None

    def applied(self, policy: Policy) -> Policy:
        """The policy with these changes. Raises `ValueInvalid`."""
        given = {
            name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None
        }
        return replace(policy, **given)


class GalleryCreate(Model):
    """A new gallery."""

    model_config = closed(name="staff", policy={"fpir": 1e-3, "consent": "access to the building"})

    name: Annotated[Name, Field(examples=["staff"])]
    purpose: Purpose = Purpose.GENERAL
    pack: Annotated[
        str | None, Field(max_length=100, pattern=PLAIN, description="Model pack; null: the configured one.")
    ] = None
    policy: PolicyChange = Field(
        default=PolicyChange(),
        description="Differences to the default policy; that of visitors remembers unknowns and keeps all for 30 days.",
    )


class GalleryList(Page):
    galleries: tuple[GalleryEntry, ...]


class GalleryRemoved(Model):
    """What the removal removed."""

    gallery: str
    references: int
