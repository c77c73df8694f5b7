"""Policies as JSON."""

from dataclasses import fields

import pytest

from visavis.adapters.postgres.policies import policy_from_json, policy_to_json
from visavis.domain.decision import Measure
from visavis.domain.errors import SchemaMismatch
from visavis.domain.policy import EventPictures, Keep, Policy, Unknowns

POLICY = Policy(
    name="x",
    measure=Measure.EUCLIDEAN,
    fmr=1e-9,
    fpir=0.3,
    band=7.5,
    enrol_quality=1,
    max_references=2,
    capacity=3,
    consent="entry",
    keep=Keep.SAMPLE,
    unknowns=Unknowns.REMEMBER,
    reference_days=4,
    event_days=5,
    probe_days=6,
    event_pictures=EventPictures.FACE,
    event_picture_days=8,
    reviewers=2,
    copies=True,
    visitor_names=True,
)


def test_every_field_is_stored_and_read() -> None:
    stored = policy_to_json(POLICY).obj
    assert set(stored) == {field.name for field in fields(Policy)}
    assert all(stored[field.name] != field.default for field in fields(Policy))
    assert policy_from_json(stored) == POLICY


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
def test_a_missing_field_is_refused(name: str) -> None:
    stored = policy_to_json(POLICY).obj
    del stored[name]
    with pytest.raises(SchemaMismatch, match=name):
        policy_from_json(stored)


@pytest.mark.parametrize(
    "change", [{"new": 1}, {"fmr": 2.0}, {"measure": "angle"}, {"capacity": None}, {"keep": "all"}]
)
def test_unknown_fields_and_values_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(SchemaMismatch):
        policy_from_json({**policy_to_json(POLICY).obj, **change})
