"""Plots: values land where the scales say, and labels do not cover each other."""

import itertools
import math
import re
from importlib.resources import files

import numpy as np
import pytest

from tests.unit.adapters.report.pages import plot, svg
from visavis.adapters.report.canvas import rows_for
from visavis.adapters.report.chart import figure
from visavis.adapters.report.numbers import decade_text, tick_text, value_text, width_of
from visavis.adapters.report.scales import span_of
from visavis.application.ports.reports import Axis, Look, Mark, Plot, Scale, Series

SVG = "{http://www.w3.org/2000/svg}"


def test_scales_put_values_where_they_belong() -> None:
    linear = span_of(Axis(label="x", low=0, high=4), np.array([1.0]))
    assert linear.places([0, 1, 4]).tolist() == [0, 0.25, 1]
    decades = span_of(Axis(label="x", scale=Scale.LOG), np.array([3e-4, 0.2]))
    assert (decades.low, decades.high) == pytest.approx((1e-4, 1.0))
    assert decades.places([1e-4, 1e-2, 1.0]) == pytest.approx([0, 0.5, 1])
    deviates = span_of(Axis(label="x", scale=Scale.PROBIT, low=0.01, high=0.99), np.array([0.5]))
    assert deviates.places([0.01, 0.5, 0.99]) == pytest.approx([0, 0.5, 1])
    assert deviates.place(0.158655) == pytest.approx(0.5 - 0.5 / 2.326348, abs=1e-4)


@pytest.mark.parametrize("scale", list(Scale))
@pytest.mark.parametrize("values", [[], [0.0], [1.0], [math.nan], [0.3, 0.3], [0.0, 1.0], [1e-9, 0.999999]])
def test_every_axis_has_ticks_in_order_whatever_the_values(scale: Scale, values: list[float]) -> None:
    span = span_of(Axis(label="x", scale=scale), np.array(values))
    places = [span.place(tick.value) for tick in span.ticks()]
    assert len(places) >= 2
    assert places == sorted(places)
    assert all(-1e-6 <= place <= 1 + 1e-6 for place in places)
    inside = [v for v in values if scale is Scale.LINEAR or 0 < v < 1]
    assert all(-1e-6 <= span.place(value) <= 1 + 1e-6 for value in inside if math.isfinite(value))


def test_rates_are_never_shown_above_one() -> None:
    span = span_of(Axis(label="x", percent=True), np.array([0.05, 0.98]))
    assert (span.low, span.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("value", "percent", "said"),
    [
        (0.0321, True, "3.21\u202f%"),
        (0.3, True, "30.0\u202f%"),
        (1.0, True, "100\u202f%"),
        (0.0, True, "0\u202f%"),
        (1234.0, False, "1,234"),
        (-0.456, False, "\u22120.456"),
        (2e-9, False, "2.00e\u221209"),
        (math.nan, False, "–"),
    ],
)
def test_values_are_written_for_readers(value: float, percent: bool, said: str) -> None:
    assert value_text(value, percent=percent) == said


def test_ticks_are_written_alike() -> None:
    assert [tick_text(v, 0.05, percent=False) for v in (0.0, 0.05, 0.1)] == ["0.00", "0.05", "0.10"]
    assert tick_text(0.025, 0.005, percent=True) == "2.5\u202f%"
    assert [decade_text(10.0**p, percent=False) for p in (-4, 0, 2)] == ["10⁻⁴", "1", "100"]
    assert decade_text(1e-5, percent=True) == "0.001\u202f%"


def test_labels_of_marks_do_not_cover_each_other() -> None:
    labels = [(100.0, "threshold"), (104.0, "deployed"), (108.0, "FMR 1e-4"), (300.0, "x"), (2.0, "left end")]
    placed = rows_for(labels, 40.0, 310.0)
    boxes = [
        (start, start + width_of(label, 12), row)
        for (start, row), (_, label) in zip(placed, labels, strict=True)
    ]
    assert all(40.0 <= low and high <= 310.0 for low, high, _ in boxes)
    for (low, high, row), (other, end, beside) in itertools.combinations(boxes, 2):
        assert row != beside or high < other or end < low


def test_ticks_of_a_crowded_axis_do_not_cover_each_other() -> None:
    made = plot(
        Series(label="det", x=[1e-6, 0.4], y=[0.4, 1e-6]),
        x=Axis(label="FMR", scale=Scale.PROBIT, percent=True),
        y=Axis(label="FNMR", scale=Scale.PROBIT, percent=True),
    )
    ticks = [t for t in svg(figure(made, "p")).iter("text") if t.get("class") == "tick"]
    boxes = [
        (
            float(t.get("x", 0)) - width_of(t.text or "", 12) / 2,
            float(t.get("x", 0)) + width_of(t.text or "", 12) / 2,
        )
        for t in ticks
        if t.get("text-anchor") == "middle"
    ]
    assert len(boxes) >= 4
    assert all(one[1] < other[0] for one, other in itertools.pairwise(sorted(boxes)))


def test_a_line_goes_through_its_points_and_leaves_gaps() -> None:
    made = plot(
        Series(label="a", x=[0, 1, 2, 3], y=[0, 1, math.nan, 1]),
        x=Axis(label="x", low=0, high=3),
        y=Axis(label="y", low=0, high=1),
    )
    (line,) = [p for p in svg(figure(made, "p")).iter("path") if p.get("class") == "line"]
    assert len(re.findall("M", line.get("d", ""))) == 2
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", line.get("d", ""))]
    assert numbers[1] > numbers[3] == numbers[5]  # y grows upwards
    assert numbers[2] - numbers[0] == pytest.approx((numbers[4] - numbers[0]) / 3, abs=0.02)


def test_long_lines_stay_light_and_keep_their_ends() -> None:
    x = np.linspace(0, 1, 200_000)
    made = plot(
        Series(label="a", x=x, y=x), x=Axis(label="x", low=0, high=1), y=Axis(label="y", low=0, high=1)
    )
    drawn = figure(made, "p")
    assert len(drawn) < 40_000
    (line,) = [p for p in svg(drawn).iter("path") if p.get("class") == "line"]
    ends = re.findall(r"[ML]([\d.]+) ([\d.]+)", line.get("d", ""))
    assert ends[-1] == ("408", "24")


def test_intervals_are_bands_of_lines_and_whiskers_of_points() -> None:
    bounds = {"low": [0.1, 0.1], "high": [0.4, 0.4]}
    made = plot(
        Series(label="a", x=[0, 1], y=[0.2, 0.3], **bounds),  # type: ignore[arg-type]
        Series(label="b", x=[0, 1], y=[0.2, 0.3], look=Look.POINTS, **bounds),  # type: ignore[arg-type]
    )
    looks = [p.get("class") for p in svg(figure(made, "p")).iter("path")]
    assert looks.count("band") == 1
    assert looks.count("whisker") == 2


def test_named_bars_lie_level_with_their_values_beside_them() -> None:
    series = Series(
        label="FNMR", x=[0, 1], y=[0.02, 0.04], low=[0.01, 0.02], high=[0.03, 0.08],
        names=["lobby", "a camera with a very long name behind the second door"], look=Look.BARS,
    )  # fmt: skip
    made = Plot(
        title="By camera", caption="", x=Axis(label="camera"), y=Axis(label="FNMR", percent=True), series=[series],
        marks=[Mark(label="all", y=0.03)],
    )  # fmt: skip
    root = svg(figure(made, "p"))
    bars = [float(b.get("width", 0)) for b in root.iter("rect")]
    assert bars[1] == pytest.approx(2 * bars[0], abs=0.05)
    assert [t.text for t in root.iter("text") if t.get("class") == "value"] == ["2.00\u202f%", "4.00\u202f%"]
    labels = [t.text or "" for t in root.iter("text") if t.get("class") == "label"]
    assert labels[1].endswith("…")
    assert "a camera with a very long name behind the second door" in [t.text for t in root.iter("title")]


def test_series_differ_by_more_than_colour() -> None:
    made = plot(*(Series(label=f"s{n}", x=[0, 1], y=[n, n]) for n in range(6)))
    drawn = svg(figure(made, "p"))
    shapes = {
        re.sub(r"M[\d.]+ [\d.]+", "M", d.get("d", "")) for d in drawn.iter("path") if d.get("class") == "dot"
    }
    assert len(shapes) == 6
    style = files("visavis.adapters.report").joinpath("page.css").read_text()
    assert len(set(re.findall(r"--d: ([^;]+);", style))) == 6


def test_few_points_can_be_read_as_numbers() -> None:
    assert "<details>" in figure(plot(), "p")
    many = np.linspace(0, 1, 100)
    assert "<details>" not in figure(plot(Series(label="a", x=many, y=many)), "p")


def test_a_plot_without_data_says_so() -> None:
    assert "no data" in figure(plot(Series(label="a", x=[], y=[])), "p")


def test_labels_of_level_marks_stay_inside_and_apart() -> None:
    made = Plot(
        title="x", caption="", x=Axis(label="x"), y=Axis(label="y", low=0, high=1),
        series=[Series(label="a", x=[0, 1], y=[0, 1])],
        marks=[Mark(label=f"goal {y}", y=y) for y in (0.0, 0.5, 0.51, 0.52, 0.99, 1.0, 7.0)],
    )  # fmt: skip
    root = svg(figure(made, "p"))
    said = [t for t in root.iter("text") if t.get("class") == "marked"]
    assert len(said) == 6  # the one beyond the axis is left out
    heights = sorted(float(t.get("y", 0)) for t in said)
    assert all(24 <= height <= 262 for height in heights)
    assert all(other - one >= 12 for one, other in itertools.pairwise(heights))
