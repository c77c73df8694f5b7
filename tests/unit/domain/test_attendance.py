"""Attendance: pairs of coming and going, over midnight and changes of clocks, and what does not add up."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain.access import SYSTEM
from visavis.domain.attendance import (
    AttendanceChange,
    AttendancePlan,
    Correction,
    CorrectionId,
    DayRecord,
    Irregularity,
    Period,
    Seen,
    Sighting,
    total_of,
)
from visavis.domain.attendance_days import days_of
from visavis.domain.camera import Direction
from visavis.domain.door import DoorCamera
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.liveness import LivePolicy
from visavis.domain.schedule import Schedule, ScheduleId, Span, SpecialDay
from visavis.domain.subject import GalleryId, SubjectId

GALLERY = GalleryId(uuid.UUID(int=1))
ADA = SubjectId(uuid.UUID(int=2))
FRIDAY = date(2026, 11, 20)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
IN, OUT, SEEN = Direction.ENTRY, Direction.EXIT, Direction.PASSING
WHAT = {"in": IN, "out": OUT, "seen": SEEN}
OFFICE = Schedule(
    id=ScheduleId(uuid.UUID(int=3)),
    name="office",
    zone="Europe/Berlin",
    weekly=((Span(begins=time(8), ends=time(12)), Span(begins=time(13), ends=time(17))),) * 5 + ((), ()),
    special=(SpecialDay(day=date(2026, 12, 25)),),
)
NIGHTS = replace(OFFICE, weekly=((Span(begins=time(22), ends=time(6)),),) * 7)


def plan(**given: object) -> AttendancePlan:
    return AttendancePlan(**{"gallery_id": GALLERY, "zone": "Europe/Berlin"} | given)


def seen(*lines: str, day: str = "2026-11-20", offset: str = "+01:00") -> Seen:
    """Lines such as `in 08:00`, with a date before the time if it is another one."""
    sightings = []
    for line in lines:
        what, *moment = line.split()
        when = moment if len(moment) == 2 else [day, *moment]
        at = datetime.fromisoformat(f"{'T'.join(when)}{offset}")
        sightings.append(Sighting(at=at, direction=WHAT[what], event_id=EventId(uuid.uuid4())))
    return Seen(subject_id=ADA, sightings=sightings)


def one(found: Seen, wanted: AttendancePlan | None = None, **given: object) -> DayRecord:
    (record,) = days_of(found, wanted or plan(), [FRIDAY], **{"now": NOW} | given)
    return record


def hours(record: DayRecord) -> float:
    return record.present_s / 3600


def wall(at: datetime | None) -> str:
    return "–" if at is None else f"{at.astimezone(OFFICE_ZONE):%H:%M}"


OFFICE_ZONE = ZoneInfo("Europe/Berlin")


def test_first_in_last_out_hours_and_breaks() -> None:
    record = one(seen("in 08:00", "out 12:00", "in 12:45", "out 17:15"))
    assert (wall(record.first_in), wall(record.last_out)) == ("08:00", "17:15")
    assert hours(record) == 8.5
    assert (record.breaks, record.break_s) == (1, 45 * 60)
    assert record.irregularities == ()


def test_the_same_passage_seen_again_is_one() -> None:
    record = one(seen("in 08:00", "in 08:02", "in 08:06", "out 17:00", "out 17:03"))
    assert (wall(record.first_in), wall(record.last_out)) == ("08:00", "17:03")
    assert len(record.stays) == 1
    assert record.irregularities == ()
    again = one(seen("in 08:00", "in 08:06", "out 17:00"))
    assert again.irregularities == (Irregularity.MISSING_OUT,), "six minutes later it is another coming"


def test_coming_without_going_and_going_without_coming_are_told_and_not_counted() -> None:
    record = one(seen("in 08:00", "in 13:00", "out 17:00"))
    assert record.irregularities == (Irregularity.MISSING_OUT,)
    assert hours(record) == 4
    assert one(seen("in 08:00")).irregularities == (Irregularity.MISSING_OUT,)
    lone = one(seen("out 17:00"))
    assert lone.irregularities == (Irregularity.MISSING_IN,)
    assert (hours(lone), lone.first_in, wall(lone.last_out)) == (0, None, "17:00")


def test_who_is_still_there_is_no_exception_and_counts_until_now() -> None:
    now = datetime.fromisoformat("2026-11-20T11:30+01:00")
    record = one(seen("in 08:00"), now=now)
    assert record.irregularities == ()
    assert (hours(record), record.last_out) == (3.5, None)
    assert record.stays[0].running
    later = one(seen("in 08:00"), now=now + timedelta(hours=16))
    assert later.irregularities == (Irregularity.MISSING_OUT,)


@pytest.mark.parametrize("boundary", ["00:00", "04:00", "12:00"])
def test_a_night_shift_is_one_stay_of_the_day_on_which_it_began(boundary: str) -> None:
    found = seen("in 21:55", "out 2026-11-21 06:05")
    chosen = plan(day_begins=time.fromisoformat(boundary))
    friday, saturday = days_of(found, chosen, [FRIDAY, date(2026, 11, 21)], now=NOW)
    assert round(hours(friday), 2) == 8.17
    assert friday.irregularities == ()
    assert saturday.empty


def test_the_boundary_says_to_which_day_the_small_hours_belong() -> None:
    found = seen("in 2026-11-21 00:30", "out 2026-11-21 03:00")
    days = [FRIDAY, date(2026, 11, 21)]
    assert [hours(one) for one in days_of(found, plan(), days, now=NOW)] == [0, 2.5]
    assert [hours(one) for one in days_of(found, plan(day_begins=time(4)), days, now=NOW)] == [2.5, 0]


def test_the_night_of_a_change_of_clocks_is_as_long_as_it_was() -> None:
    forward = seen("in 2026-03-28 22:00", day="2026-03-28")
    away = seen("out 2026-03-29 06:00", offset="+02:00")
    night = Seen(subject_id=ADA, sightings=[*forward.sightings, *away.sightings])
    (record,) = days_of(night, plan(), [date(2026, 3, 28)], now=NOW, schedule=NIGHTS)
    assert (hours(record), record.expected_s / 3600) == (7, 7)
    assert record.irregularities == ()
    back = seen("in 2026-10-24 22:00", offset="+02:00")
    home = seen("out 2026-10-25 06:00")
    night = Seen(subject_id=ADA, sightings=[*back.sightings, *home.sightings])
    (record,) = days_of(night, plan(), [date(2026, 10, 24)], now=NOW, schedule=NIGHTS)
    assert (hours(record), record.expected_s / 3600) == (9, 9)


def test_two_stays_too_far_apart_do_not_belong_together() -> None:
    found = seen("in 08:00", "out 2026-11-21 09:00")
    friday, saturday = days_of(found, plan(), [FRIDAY, date(2026, 11, 21)], now=NOW)
    assert friday.irregularities == (Irregularity.MISSING_OUT,)
    assert saturday.irregularities == (Irregularity.MISSING_IN,)
    assert hours(friday) == hours(saturday) == 0


def test_without_directions_the_first_sighting_is_coming_and_the_last_is_going() -> None:
    record = one(seen("seen 08:10", "seen 10:00", "seen 16:40"))
    assert (wall(record.first_in), wall(record.last_out), hours(record)) == ("08:10", "16:40", 8.5)
    assert one(seen("seen 08:10", "seen 08:12")).irregularities == (Irregularity.MISSING_OUT,)
    mixed = one(seen("in 08:00", "seen 12:00", "out 17:00", "seen 19:00"))
    assert (hours(mixed), wall(mixed.last_out)) == (9, "17:00"), "where there are directions, they count"


def test_a_track_goes_when_it_ends() -> None:
    start = datetime.fromisoformat("2026-11-20T17:00+01:00")
    going = Sighting(at=start, until=start + timedelta(seconds=90), direction=OUT)
    coming = Sighting(at=start - timedelta(hours=2), direction=IN)
    assert one(Seen(subject_id=ADA, sightings=[coming, going])).present_s == 2 * 3600 + 90


def test_late_early_and_absent_against_a_schedule() -> None:
    chosen = plan(schedule=OFFICE.id)
    fine = one(seen("in 08:05", "out 16:55"), chosen, schedule=OFFICE)
    assert fine.irregularities == ()
    assert (fine.late_s, fine.early_s, fine.expected_s) == (0, 0, 8 * 3600)
    late = one(seen("in 08:20", "out 16:30"), chosen, schedule=OFFICE)
    assert late.irregularities == (Irregularity.LATE, Irregularity.EARLY)
    assert (late.late_s, late.early_s) == (20 * 60, 30 * 60)
    assert one(seen(), chosen, schedule=OFFICE).irregularities == (Irregularity.ABSENT,)
    today = one(seen(), chosen, schedule=OFFICE, now=datetime.fromisoformat("2026-11-20T16:59+01:00"))
    assert today.irregularities == (), "the day is not over"
    saturday, holiday = date(2026, 11, 21), date(2026, 12, 25)
    off = days_of(seen(), chosen, [saturday, holiday], now=NOW, schedule=OFFICE)
    assert [day.empty for day in off] == [True, True]
    (extra,) = days_of(
        seen("in 10:00", "out 12:00", day="2026-11-21"), chosen, [saturday], now=NOW, schedule=OFFICE
    )
    assert extra.irregularities == (Irregularity.UNPLANNED,)


def test_a_night_shift_is_late_against_its_own_evening() -> None:
    record = one(seen("in 22:30", "out 2026-11-21 06:00"), plan(schedule=NIGHTS.id), schedule=NIGHTS)
    assert record.irregularities == (Irregularity.LATE,)
    assert record.late_s == 30 * 60


def test_days_that_touch_are_planned_one_by_one() -> None:
    always = replace(OFFICE, weekly=((Span(begins=time(0), ends=time(0)),),) * 7, special=())
    record = one(seen("in 00:02", "out 23:58"), plan(schedule=always.id, longest_s=86_400), schedule=always)
    assert (record.expected_s, record.irregularities) == (86_400, ())


def correction(kind: AttendanceChange, at: str, **given: object) -> Correction:
    return Correction(
        **{
            "id": CorrectionId(uuid.uuid4()),
            "gallery_id": GALLERY,
            "subject_id": ADA,
            "kind": kind,
            "at": datetime.fromisoformat(at),
            "reason": "The camera was covered.",
            "made_by": SYSTEM,
            "made_at": NOW,
        }
        | given
    )


def test_people_correct_what_cameras_did_not_see() -> None:
    out = correction(AttendanceChange.OUT, "2026-11-20T17:00+01:00")
    record = one(replace(seen("in 08:00"), corrections=[out]))
    assert (hours(record), record.irregularities, record.corrected) == (9, (), True)
    assert record.stays[0].manual


def test_a_sighting_that_was_wrong_does_not_count() -> None:
    found = seen("in 08:00", "out 12:00", "in 12:30", "out 17:00")
    wrong = found.sightings[1].event_id
    ignored = correction(AttendanceChange.IGNORE, "2026-11-20T12:00+01:00", event_id=wrong)
    assert one(replace(found, corrections=[ignored])).irregularities == (Irregularity.MISSING_OUT,)


def test_an_excused_day_is_neither_absent_nor_late() -> None:
    chosen = plan(schedule=OFFICE.id)
    excuse = correction(AttendanceChange.EXCUSE, "2026-11-20T09:00+01:00")
    absent = one(replace(seen(), corrections=[excuse]), chosen, schedule=OFFICE)
    assert (absent.irregularities, absent.excused, absent.empty) == ((), True, False)
    late = one(replace(seen("in 11:00", "out 17:00"), corrections=[excuse]), chosen, schedule=OFFICE)
    assert (late.irregularities, late.late_s) == ((), 0)


def test_who_must_be_live_and_is_not_known_to_be_does_not_count() -> None:
    chosen = plan(live=LivePolicy(require_live=True))
    found = seen("in 08:00", "out 17:00")
    doubtful = replace(found, sightings=[replace(one_, live=False) for one_ in found.sightings])
    record = one(doubtful, chosen)
    assert (hours(record), record.irregularities) == (0, (Irregularity.NOT_LIVE,))
    assert one(found, chosen).irregularities == ()
    assert one(doubtful).irregularities == (), "a plan that does not ask does not mind"


def test_the_plan_says_what_cameras_mean() -> None:
    chosen = plan(cameras=(DoorCamera(name="turnstile", direction=OUT), DoorCamera(name="hall")))
    assert chosen.direction_at("turnstile", IN) is OUT
    assert chosen.direction_at("hall", IN) is IN
    assert chosen.direction_at("other", SEEN) is SEEN


def test_days_add_up() -> None:
    chosen = plan(schedule=OFFICE.id)
    found = seen("in 2026-11-18 08:00", "out 2026-11-18 17:00", "in 2026-11-19 08:30", "out 2026-11-19 17:00")
    period = Period(first=date(2026, 11, 18), last=FRIDAY)
    total = total_of(ADA, days_of(found, chosen, period.days, now=NOW, schedule=OFFICE))
    assert (total.days_present, total.present_s / 3600, total.expected_s / 3600) == (2, 17.5, 24)
    assert (total.late, total.early, total.absent, total.irregular) == (1, 0, 1, 2)
    assert period.around(chosen)[0] == datetime.fromisoformat("2026-11-17T08:00+01:00")


def test_a_report_covers_a_year_at_most() -> None:
    with pytest.raises(ValueInvalid):
        Period(first=date(2026, 1, 2), last=date(2026, 1, 1))
    with pytest.raises(ValueInvalid):
        Period(first=date(2025, 1, 1), last=date(2026, 12, 31))


@given(st.lists(st.tuples(st.integers(0, 4 * 86_400), st.sampled_from(["in", "out", "seen"])), max_size=30))
def test_nobody_is_there_twice_at_a_time_and_no_day_is_counted_twice(marks: list[tuple[int, str]]) -> None:
    start = datetime.fromisoformat("2026-10-23T00:00+02:00")  # clocks are put back on the 25th
    sightings = [Sighting(at=start + timedelta(seconds=s), direction=WHAT[what]) for s, what in marks]
    period = Period(first=date(2026, 10, 21), last=date(2026, 10, 29))
    directed = [one_ for one_ in sightings if one_.direction is not SEEN]
    for group in (sightings, directed):
        records = days_of(Seen(subject_id=ADA, sightings=group), plan(), period.days, now=NOW)
        stays = sorted((stay for record in records for stay in record.stays), key=lambda stay: stay.anchor)
        assert sum(record.present_s for record in records) <= 5 * 86_400
        if group is directed:
            ends = [(stay.since, stay.until) for stay in stays if stay.since and stay.until]
            assert all(one_[1] <= two[0] for one_, two in pairwise(ends))
