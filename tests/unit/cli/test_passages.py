"""What options of schedules and attendance mean."""

from datetime import date, time

import pytest

from visavis.cli.attendance import days
from visavis.cli.schedules import written
from visavis.domain.errors import ValueInvalid
from visavis.domain.schedule import Span

TODAY = date(2026, 11, 20)  # a Friday


def test_days_and_hours() -> None:
    made = written(
        "Europe/Berlin",
        ["mon-fri 08:00-12:00, 13:00-18:00", "fri 19:00-20:00", "sat,sun 22:00-06:00"],
        ["2026-12-25", "2026-12-24 08:00-12:00"],
    )
    morning, afternoon = (Span(begins=time(8), ends=time(12)), Span(begins=time(13), ends=time(18)))
    night = Span(begins=time(22), ends=time(6))
    evening = Span(begins=time(19), ends=time(20))
    assert made.weekly == (*[(morning, afternoon)] * 4, (morning, afternoon, evening), (night,), (night,))
    assert [(one.day.day, one.spans) for one in made.specials] == [(25, ()), (24, (morning,))]


def test_a_range_goes_over_the_end_of_the_week() -> None:
    made = written("UTC", ["sat-mon 00:00-00:00"], [])
    assert [bool(spans) for spans in made.weekly] == [True, *[False] * 4, True, True]


@pytest.mark.parametrize(
    ("week", "special"),
    [("mo 08:00-12:00", ""), ("mon", ""), ("mon 8-12", ""), ("mon 08:00-25:00", ""), ("", "2026-13-01")],
)
def test_what_is_no_schedule(week: str, special: str) -> None:
    with pytest.raises(ValueInvalid):
        written("UTC", [week] if week else [], [special] if special else [])


def test_which_days_a_report_covers() -> None:
    def covered(**given: str | None) -> tuple[str, str]:
        names = dict.fromkeys(("day", "week", "month", "since", "until"))
        first, last = days(**names | given, today=TODAY)
        return first.isoformat(), last.isoformat()

    assert covered() == ("2026-11-20", "2026-11-20")
    assert covered(day="2026-11-01") == ("2026-11-01", "2026-11-01")
    assert covered(week="2026-11-22") == ("2026-11-16", "2026-11-22")
    assert covered(month="2028-02") == ("2028-02-01", "2028-02-29")
    assert covered(month="2026-12") == ("2026-12-01", "2026-12-31")
    assert covered(since="2026-11-01") == ("2026-11-01", "2026-11-20")
    assert covered(since="2026-11-01", until="2026-11-03") == ("2026-11-01", "2026-11-03")
    for wrong in ({"day": "x"}, {"day": "2026-11-01", "month": "2026-11"}, {"until": "2026-11-01"}):
        with pytest.raises(ValueInvalid):
            covered(**wrong)
