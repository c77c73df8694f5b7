"""Sightings become visits: gaps, paths, returns, and who was seen in two places at once."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from visavis.domain.errors import ValueInvalid
from visavis.domain.gallery import Purpose, usual_policy
from visavis.domain.policy import Keep, Policy, Unknowns
from visavis.domain.subject import SubjectId
from visavis.domain.visit import Sighting, met, narrowed, visits, zone_named

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADA = SubjectId(uuid.UUID(int=1))


def seen(
    minute: float, *, lasting: float = 1.0, zone: str = "hall", source: str = "cam-1", of: SubjectId = ADA
) -> Sighting:
    first = NINE + timedelta(minutes=minute)
    return Sighting(
        subject_id=of,
        site="shop",
        zone=zone,
        source=source,
        first_at=first,
        last_at=first + timedelta(minutes=lasting),
    )


def test_a_visit_ends_when_nobody_was_seen_for_longer_than_the_gap() -> None:
    found = list(visits([seen(0), seen(31), seen(62.5), seen(200)]))
    assert [len(one.sightings) for one in found] == [2, 1, 1]  # 30 minutes are no gap yet, 30.5 are
    assert [one.returning for one in found] == [False, True, True]
    assert found[0].dwell_s == 32 * 60
    assert [len(one.sightings) for one in visits([seen(0), seen(31)], timedelta(minutes=10))] == [1, 1]
    assert list(visits([])) == []


def test_a_long_look_keeps_a_visit_going_while_others_come_and_go() -> None:
    (one,) = visits([seen(0, lasting=120), seen(5), seen(140)])
    assert one.last_at == NINE + timedelta(minutes=141)


def test_who_was_there_before_the_range_returns() -> None:
    (one,) = visits([seen(0)], earliest=NINE - timedelta(days=3))
    assert one.returning
    (one,) = visits([seen(0)], earliest=NINE)
    assert not one.returning


def test_the_path_has_zones_in_order_with_dwell_and_transitions() -> None:
    path = [
        seen(0, zone="door"),
        seen(2, zone="hall"),
        seen(4, zone="hall", source="cam-2"),
        seen(9, zone="door"),
    ]
    (one,) = visits(path)
    assert [(stay.zone, stay.dwell_s) for stay in one.stays] == [("door", 60), ("hall", 180), ("door", 60)]
    assert list(one.transitions) == [("", "door"), ("door", "hall"), ("hall", "door"), ("door", "")]
    part = narrowed(one, zone="hall")
    assert part is not None
    assert (part.dwell_s, [stay.zone for stay in part.stays]) == (180, ["hall"])
    by_camera = narrowed(one, source="cam-2")
    assert by_camera is not None
    assert by_camera.dwell_s == 60
    assert narrowed(one, zone="yard") is None


def test_sightings_of_two_or_out_of_order_are_refused() -> None:
    with pytest.raises(ValueInvalid):
        list(visits([seen(0), seen(1, of=SubjectId(uuid.UUID(int=2)))]))
    with pytest.raises(ValueInvalid):
        list(visits([seen(1), seen(0)]))
    with pytest.raises(ValueInvalid):
        seen(0, lasting=-1)


def test_who_is_in_two_places_at_once_is_two_humans() -> None:
    here = [seen(0, lasting=5), seen(60)]
    assert met(here, [seen(4, lasting=5, zone="door", source="cam-9")])
    assert met([seen(4, source="cam-1")], here)  # twice in one picture
    assert met(here, [seen(0, lasting=500, zone="door"), seen(2, lasting=0.1, zone="till")])
    assert not met(here, [seen(6, zone="door"), seen(61.5, zone="door")])
    assert not met(here, [seen(1, source="cam-2")])  # another camera of the same zone may see the same human
    nowhere = [seen(0, zone="", source="cam-1")]
    assert met(nowhere, [seen(0.5, zone="", source="cam-2")])  # places without names are different ones
    assert not met([], here)


def test_time_zones_have_iana_names() -> None:
    assert zone_named("Europe/Berlin").utcoffset(NINE.replace(tzinfo=None)) == timedelta(hours=1)
    for wrong in ("Nowhere/City", "", "../etc/passwd", "Europe"):
        with pytest.raises(ValueInvalid):
            zone_named(wrong)


def test_a_gallery_of_visitors_begins_with_little() -> None:
    policy = usual_policy(Purpose.VISITORS)
    assert (policy.unknowns, policy.keep, policy.consent) == (Unknowns.REMEMBER, Keep.NOTHING, "")
    assert (policy.reference_days, policy.event_days, policy.probe_days) == (30, 30, 0)
    assert not policy.visitor_names
    assert usual_policy(Purpose.ACCESS) == Policy()
