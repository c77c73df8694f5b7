"""Schedules: weeks, nights, holidays, and the days on which clocks are changed."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain.errors import ValueInvalid
from visavis.domain.schedule import Schedule, ScheduleId, Span, SpecialDay, moment_of, zone_of

CLOSED: tuple[tuple[Span, ...], ...] = ((),) * 7
OFFICE = (Span(begins=time(8), ends=time(12)), Span(begins=time(13), ends=time(18)))
NIGHT = (Span(begins=time(22), ends=time(6)),)
WHOLE = (Span(begins=time(0), ends=time(0)),)


def schedule(
    *weekly: tuple[Span, ...], zone: str = "Europe/Berlin", special: tuple[SpecialDay, ...] = ()
) -> Schedule:
    return Schedule(
        id=ScheduleId(uuid.uuid4()), name="hours", zone=zone, weekly=(*weekly, *CLOSED)[:7], special=special
    )


def at(text: str) -> datetime:
    """A moment with its offset."""
    return datetime.fromisoformat(text)


def test_a_week_is_open_from_its_beginnings_until_just_before_its_ends() -> None:
    office = schedule(*[OFFICE] * 5)
    assert not office.is_open(at("2026-11-20T07:59:59.999999+01:00"))
    assert office.is_open(at("2026-11-20T08:00+01:00"))
    assert office.is_open(at("2026-11-20T11:59:59.999999+01:00"))
    assert not office.is_open(at("2026-11-20T12:00+01:00"))
    assert office.is_open(at("2026-11-20T17:30+01:00"))
    assert not office.is_open(at("2026-11-21T09:00+01:00")), "a Saturday"


def test_the_next_change_crosses_the_weekend() -> None:
    office = schedule(*[OFFICE] * 5)
    assert office.next_change(at("2026-11-20T09:00+01:00")) == at("2026-11-20T12:00+01:00")
    assert office.next_change(at("2026-11-20T12:00+01:00")) == at("2026-11-20T13:00+01:00")
    assert office.next_change(at("2026-11-20T18:00+01:00")) == at("2026-11-23T08:00+01:00")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = schedule((), (), (), (), NIGHT)
    assert friday_night.is_open(at("2026-11-20T22:00+01:00"))
    assert friday_night.is_open(at("2026-11-21T05:59+01:00"))
    assert not friday_night.is_open(at("2026-11-21T06:00+01:00"))
    assert not friday_night.is_open(at("2026-11-21T22:30+01:00"))
    assert friday_night.next_change(at("2026-11-20T23:00+01:00")) == at("2026-11-21T06:00+01:00")
    (opening,) = friday_night.openings_of(date(2026, 11, 20))
    assert opening.ends - opening.begins == timedelta(hours=8)


def test_always_and_never_do_not_change() -> None:
    now = at("2026-11-20T09:00+01:00")
    assert schedule(*[WHOLE] * 7).is_open(now)
    assert schedule(*[WHOLE] * 7).next_change(now) is None
    assert not schedule().is_open(now)
    assert schedule().next_change(now) is None


def test_a_holiday_closes_and_a_special_day_opens() -> None:
    christmas = SpecialDay(day=date(2026, 12, 25), note="Christmas")
    stocktaking = SpecialDay(day=date(2026, 12, 27), spans=(Span(begins=time(10), ends=time(14)),))
    office = schedule(*[OFFICE] * 5, special=(christmas, stocktaking))
    assert not office.is_open(at("2026-12-25T09:00+01:00"))
    assert office.is_open(at("2026-12-27T10:00+01:00")), "a Sunday"
    assert office.next_change(at("2026-12-24T18:00+01:00")) == at("2026-12-27T10:00+01:00")
    once = schedule(special=(stocktaking,))
    assert once.next_change(at("2026-01-01T00:00+01:00")) == at("2026-12-27T10:00+01:00")
    assert once.next_change(at("2026-12-27T14:00+01:00")) is None


def test_a_night_goes_on_into_a_holiday() -> None:
    nights = schedule(*[NIGHT] * 7, special=(SpecialDay(day=date(2026, 12, 25)),))
    assert nights.is_open(at("2026-12-25T03:00+01:00")), "it began on the 24th"
    assert not nights.is_open(at("2026-12-25T23:00+01:00"))
    assert not nights.is_open(at("2026-12-26T03:00+01:00"))


def test_the_night_in_which_clocks_are_put_forward_is_an_hour_shorter() -> None:
    nights = schedule(*[NIGHT] * 7)
    (opening,) = nights.openings_of(date(2026, 3, 28))
    assert opening.ends - opening.begins == timedelta(hours=7)
    early = schedule((), (), (), (), (), (), (Span(begins=time(2, 30), ends=time(4)),))
    (skipped,) = early.openings_of(date(2026, 3, 29))
    assert skipped.begins == at("2026-03-29T01:00+00:00"), "02:30 is skipped: at the change"
    assert skipped.ends == at("2026-03-29T02:00+00:00")
    gone = schedule((), (), (), (), (), (), (Span(begins=time(2, 10), ends=time(2, 50)),))
    assert gone.openings_of(date(2026, 3, 29)) == []
    assert len(gone.openings_of(date(2026, 4, 5))) == 1


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    early = schedule((), (), (), (), (), (), (Span(begins=time(2), ends=time(2, 30)),))
    (opening,) = early.openings_of(date(2026, 10, 25))
    assert opening.begins == at("2026-10-25T02:00+02:00")
    assert opening.ends == at("2026-10-25T02:30+01:00")
    assert opening.ends - opening.begins == timedelta(minutes=90)


def test_days_that_begin_with_a_change_begin_at_the_change() -> None:
    """In Santiago clocks are put forward at midnight, so that 6 September 2026 begins at 01:00."""
    santiago = zone_of("America/Santiago")
    begins = moment_of(date(2026, 9, 6), time(0), santiago)
    assert begins.astimezone(santiago).isoformat() == "2026-09-06T01:00:00-03:00"
    whole = schedule(*[WHOLE] * 7, zone="America/Santiago")
    assert whole.next_change(begins) is None


def test_spans_that_touch_or_overlap_are_one() -> None:
    both = schedule((Span(begins=time(8), ends=time(13)), Span(begins=time(12), ends=time(18))))
    (opening,) = both.openings_of(date(2026, 11, 16))
    assert opening.ends - opening.begins == timedelta(hours=10)
    assert both.next_change(at("2026-11-16T12:30+01:00")) == at("2026-11-16T18:00+01:00")


@given(
    st.integers(0, 2 * 365 * 86_400),
    st.sampled_from(["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
    st.lists(
        st.lists(st.tuples(st.times(), st.times()), max_size=3).map(
            lambda pairs: tuple(Span(begins=one, ends=two) for one, two in pairs)
        ),
        min_size=7,
        max_size=7,
    ),
)
def test_nothing_changes_before_the_next_change(moment: int, zone: str, week: list[tuple[Span, ...]]) -> None:
    one, now = schedule(*week, zone=zone), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)
    turn = one.next_change(now)
    before = one.is_open(now)
    if turn is None:
        assert all(one.is_open(now + timedelta(hours=h)) == before for h in range(0, 200, 7))
        return
    assert turn > now
    assert one.is_open(turn) != before
    assert one.is_open(turn - timedelta(microseconds=1)) == before
    assert one.is_open(now + (turn - now) / 2) == before


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "../../etc/passwd", "Europe/Nowhere", "/etc/localtime", "a" * 70]
)
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueInvalid, match="time zone"):
        schedule(zone=zone)


def test_a_day_is_special_once() -> None:
    twice = (SpecialDay(day=date(2026, 1, 1)), SpecialDay(day=date(2026, 1, 1), note="again"))
    with pytest.raises(ValueInvalid):
        schedule(special=twice)
    with pytest.raises(ValueInvalid):
        Schedule(id=ScheduleId(uuid.uuid4()), name="short", zone="UTC", weekly=((),) * 6)
