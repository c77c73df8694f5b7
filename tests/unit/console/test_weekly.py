"""Hours of a week, doors and rules in words and as pictures."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from visavis.cli.alert_rules import _hours
from visavis.console.alert_words import duration, sentence
from visavis.console.door_words import last_day
from visavis.console.weekly import Band, days_said, picture, rows_of, said
from visavis.domain.errors import ValueInvalid
from visavis.wire.v1.alert_rules import AlertRuleCreate

NIGHT = [("22:00", "06:00")]


def test_the_same_span_on_several_days_is_one_row() -> None:
    week = {"monday": NIGHT, "wednesday": [*NIGHT, ("08:00", "12:00")], "sunday": NIGHT}
    assert [(row.days, row.begins) for row in rows_of(week)] == [
        (("monday", "wednesday", "sunday"), "22:00"),
        (("wednesday",), "08:00"),
    ]
    assert said(week) == "on Mon, Wed, Sun between 22:00 and 06:00 or on Wed between 08:00 and 12:00"
    assert said({}) == ""
    assert days_said(("monday", "tuesday", "wednesday", "saturday")) == "Mon–Wed, Sat"


def test_a_night_goes_on_into_the_next_day_of_the_picture() -> None:
    days = picture({"sunday": NIGHT, "tuesday": [("00:00", "00:00")]})
    assert days[6].bands == (Band(91.667, 100 - 91.667),)
    assert days[0].bands == (Band(0.0, 25.0),)
    assert days[0].text == "closed"
    assert (days[1].bands, days[1].text) == ((Band(0.0, 100.0),), "all day")
    assert days[2].bands == ()


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (90, "90 s"), (600, "10 min"), (86_400, "24 h"), (604_800, "7 days")]
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_rule_about_silence_says_for_how_long() -> None:
    rule = AlertRuleCreate.model_validate(
        {"name": "x", "condition": {"trigger": "silent", "lasting_s": 3600, "sources": ["a", "b"]}}
    )
    assert sentence(rule, {}, {}) == (
        "When an agent, or a camera that it watches, is silent at ‘a’ or ‘b’ or a camera has sent nothing for 1 h, "
        "put it on the list, at most every 5 min."
    )


def test_hours_of_the_command_line_are_those_of_a_rule() -> None:
    hours = _hours(["fri-sun 22:00-06:00", "sun 08:00-12:00"], "Europe/Berlin")
    assert hours is not None
    assert (hours.friday, hours.sunday) == (("22:00-06:00",), ("22:00-06:00", "08:00-12:00"))
    assert hours.monday == ()
    assert _hours([], "UTC") is None
    with pytest.raises(ValueInvalid):
        _hours(["someday 08:00-09:00"], "UTC")


def test_a_rule_of_a_door_holds_until_the_end_of_its_last_day() -> None:
    until = datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert str(last_day(until)) == "2026-12-31"
    assert str(last_day(datetime(2027, 1, 1, tzinfo=UTC))) == "2026-12-31"
    assert str(last_day(until, ZoneInfo("Europe/Berlin"))) == "2026-12-31"
