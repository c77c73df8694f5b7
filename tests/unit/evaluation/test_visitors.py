"""Counting visitors: once in each hour, day and zone, in the zone's own time, also when clocks change."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from visavis.domain.subject import SubjectId
from visavis.domain.visit import By, Sighting, Visit, visits
from visavis.evaluation.visitors import EDGES_S, FlowTally, HeatTally, LocalHours, SummaryTally

MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def came(number: int, *places: tuple[float, str], start: datetime = MONDAY) -> list[Visit]:
    """The visits of a subject who was seen for ten minutes each, after so many hours, in these zones."""
    sightings = [
        Sighting(
            subject_id=SubjectId(uuid.UUID(int=number)),
            site="shop",
            zone=zone,
            source=f"cam-{zone}",
            first_at=start + timedelta(hours=after),
            last_at=start + timedelta(hours=after, minutes=10),
        )
        for after, zone in places
    ]
    return list(visits(sightings))


SHOP = [
    *came(1, (0, "door"), (0.25, "hall"), (24, "door")),
    *came(2, (0.4, "door")),
    *came(3, (24, "door"), (24.3, "hall"), (24.6, "door"), (30, "hall")),
]


def counted(by: By, zone: ZoneInfo = BERLIN) -> SummaryTally:
    tally = SummaryTally(by=by, zone=zone)
    for visit in SHOP:
        tally.add(visit)
    return tally


def test_visitors_are_counted_once_and_visits_each() -> None:
    found = counted(By.DAY).result()
    assert (found.visitors, found.visits, found.new, found.returning) == (3, 5, 3, 2)
    assert [(f"{one.start:%d %H:%M %z}", one.visitors, one.new, one.returning) for one in found.buckets] == [
        ("02 00:00 +0100", 2, 2, 0),
        ("03 00:00 +0100", 2, 1, 1),
    ]
    assert found.dwell.count == 5
    assert found.dwell.percentiles_s[1] == 600
    assert sum(found.dwell.counts) == found.dwell.count
    assert found.dwell.counts[EDGES_S.index(1200.0)] >= 1, "ten minutes are not less than ten minutes"
    assert found.dwell.mean_s == (25 + 10 + 10 + 46 + 10) * 60 / 5


def test_by_hour_zone_camera_and_site() -> None:
    by_hour = {f"{one.start:%d %H}": one.visitors for one in counted(By.HOUR).result().buckets}
    assert by_hour == {"02 09": 2, "02 10": 1, "03 09": 2, "03 10": 1, "03 15": 1}
    by_zone = {one.name: (one.visitors, one.new, one.returning) for one in counted(By.ZONE).result().buckets}
    assert by_zone == {"door": (3, 3, 0), "hall": (2, 2, 0)}
    assert [one.name for one in counted(By.CAMERA).result().buckets] == ["cam-door", "cam-hall"]
    assert [(one.name, one.visitors) for one in counted(By.SITE).result().buckets] == [("shop", 3)]


def test_nobody() -> None:
    found = SummaryTally(by=By.HOUR, zone=BERLIN).result()
    assert (found.visitors, found.buckets, found.dwell.mean_s) == (0, (), None)


def test_hours_when_clocks_change() -> None:
    back = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 01:30; at 03:00 it is 02:00 again
    found = [f"{one:%H %z}" for one in LocalHours(BERLIN)(back, back + timedelta(hours=3))]
    assert found == ["01 +0200", "02 +0200", "02 +0100", "03 +0100"]
    ahead = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30; at 02:00 it is 03:00
    assert [f"{one:%H}" for one in LocalHours(BERLIN)(ahead, ahead + timedelta(hours=1))] == ["01", "03"]
    half_an_hour = datetime(2026, 4, 4, 14, 15, tzinfo=UTC)  # 01:15; at 02:00 it is 01:30 again
    found = [
        f"{one:%H}"
        for one in LocalHours(ZoneInfo("Australia/Lord_Howe"))(
            half_an_hour, half_an_hour + timedelta(hours=2)
        )
    ]
    assert found == ["01", "02"]
    half = ZoneInfo("Asia/Kolkata")
    assert [f"{one:%H:%M}" for one in LocalHours(half)(MONDAY, MONDAY)] == ["14:00"]


def test_flows_and_stays() -> None:
    tally = FlowTally()
    for visit in SHOP:
        tally.add(visit)
    found = tally.result()
    flows = {(one.origin, one.target): one.transitions for one in found.flows}
    assert flows == {
        ("", "door"): 4,
        ("door", ""): 3,
        ("door", "hall"): 2,
        ("hall", ""): 2,
        ("", "hall"): 1,
        ("hall", "door"): 1,
    }
    assert found.flows[0].transitions == 4
    assert [(one.zone, one.stays.count) for one in found.zones] == [("door", 5), ("hall", 3)]


def test_heat_by_weekday_and_hour() -> None:
    tally = HeatTally(zone=BERLIN)
    for visit in [*SHOP, *came(4, (0, "door"), start=MONDAY + timedelta(days=7))]:
        tally.add(visit)
    found = tally.result()
    assert found.days == (2, 1, 0, 0, 0, 0, 0)
    assert (found.visitors[0][9], found.visitors[0][10], found.visitors[1][9]) == (3, 1, 2)
    assert sum(map(sum, found.visitors)) == 8
