"""Two packs over the same photos, as people will use it."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.unit.application.fakes import WordInference, picture
from tests.unit.wire import values
from visavis.application.compare_models import CompareModels
from visavis.application.compare_words import VERDICTS, advice_on, name_of, sentence
from visavis.application.extract import Extract
from visavis.application.model_comparison import ComparedFigure, Figure, ModelComparison
from visavis.application.reports.compare import compare_report
from visavis.cli.compare_document import document_of
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Size
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.paired import Verdict

pytestmark = pytest.mark.anyio

ROWS = [(f"p{number}", f"p{number}/{photo}") for number in range(40) for photo in range(3)]
ROWS += [(f"s{number}", f"s{number}/0") for number in range(40)]


def reader(noise: float, bad: frozenset[str] = frozenset()) -> Callable[[str], bytes]:
    def read(photo: str) -> bytes:
        subject, _, number = photo.partition("/")
        reason = "too_dark" if photo in bad else ""
        return picture(subject, noise=noise, seed=int(number) + 1, bad=reason)

    return read


def extract(noise: float, *bad: str) -> Extract:
    return Extract(
        inference=WordInference(),
        read=reader(noise, frozenset(bad)),
        size=lambda _: Size(width=100, height=100),
    )


async def compared(
    b: Extract, rows: list[tuple[str, str]] | None = None, a: Extract | None = None
) -> ModelComparison:
    ticks = count()
    work = CompareModels(
        a=a or extract(1.6),
        b=b,
        resampling=Resampling(replicates=500),  # fewer could not be sure enough for several questions at once
        clock=lambda: float(next(ticks)),
    )
    return await work(rows or ROWS)


def figure(result: ModelComparison, kind: Figure, target: float | None = None) -> ComparedFigure:
    return next(one for one in result.figures if (one.figure, one.target) == (kind, target))


async def test_a_pack_is_no_better_than_itself() -> None:
    result = await compared(extract(1.6))
    assert result.verdict is Verdict.NO_DIFFERENCE
    assert all(one.difference.value == 0.0 for one in result.figures)
    assert (result.photos, result.subjects, result.mated) == (160, 80, 120)
    assert [len(run.times) for run in (result.a, result.b)] == [40, 40]


async def test_a_better_pack_is_better_and_the_other_way_round_worse() -> None:
    better = await compared(extract(0.6))
    assert better.verdict is Verdict.BETTER
    found = figure(better, Figure.FNMR, 1e-2)
    assert found.b.value < found.a.value
    assert found.difference.verdict is Verdict.BETTER
    assert "b is better than a" in sentence(better, "a", "b")
    worse = await compared(extract(1.6), a=extract(0.6))
    assert worse.verdict is Verdict.WORSE
    mirrored = figure(worse, Figure.FNMR, 1e-2).difference
    assert mirrored.value == pytest.approx(-found.difference.value)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.difference.high, -found.difference.low))


async def test_photos_that_a_pack_fails_on_count_against_it() -> None:
    bad = [photo for _, photo in ROWS if photo.endswith("/1")]
    result = await compared(extract(1.6, *bad))
    assert result.verdict is Verdict.WORSE
    acquire = figure(result, Figure.FTA)
    assert (acquire.a.value, acquire.b.value) == (0.0, 0.25)
    assert acquire.difference.verdict is Verdict.WORSE
    missed = figure(result, Figure.FNMR, 1e-2)
    assert missed.b.value >= 2 / 3  # two of the three pairs of each person
    assert result.photos == 160


async def test_a_few_people_decide_nothing_however_many_trials_they_fail_in() -> None:
    """Twelve photos fail, and five searches each time, but of four people: that is chance still."""
    rows = [*ROWS, *((f"t{number}", f"t{number}/0") for number in range(260))]
    bad = [f"p{number}/{photo}" for number in range(4) for photo in range(3)]
    few = await compared(extract(0.5, *bad), rows=rows, a=extract(0.5))
    search = figure(few, Figure.FNIR, 1e-1)
    assert search.supported
    assert round((search.b.value - search.a.value) * 40) == 4
    assert search.difference.verdict is Verdict.NO_DIFFERENCE
    assert figure(few, Figure.FNMR, 1e-2).difference.verdict is Verdict.NO_DIFFERENCE
    assert figure(few, Figure.FTA).difference.verdict is Verdict.NO_DIFFERENCE
    more = [f"p{number}/{photo}" for number in range(9) for photo in range(3)]
    many = await compared(extract(0.5, *more), rows=rows, a=extract(0.5))
    assert figure(many, Figure.FNIR, 1e-1).difference.verdict is Verdict.WORSE


async def test_a_photo_listed_twice_counts_once() -> None:
    assert (await compared(extract(1.6), rows=[*ROWS, *ROWS[:50]])).mated == 120


async def test_too_little_data_is_called_that_and_what_would_be_enough_is_said() -> None:
    few = [row for row in ROWS if row[0] in {"p1", "p2", "p3"}]
    result = await compared(extract(0.5), rows=few)
    assert result.verdict is Verdict.NOT_ENOUGH
    assert "not enough data" in sentence(result, "a", "b")
    assert "30 people with 2 photos or more; here are 3" in advice_on(figure(result, Figure.EER))
    whole = await compared(extract(1.6))
    target = figure(whole, Figure.FNMR, 1e-3)
    assert target.difference.verdict is Verdict.NOT_ENOUGH
    assert "30,000 non-mated comparisons, as 245 people give" in advice_on(target)
    search = next(one for one in whole.figures if one.figure is Figure.FNIR)
    assert name_of(search) == "FNIR at FPIR 0.1, 1 reference"
    assert "300 people of whom there is one photo" in advice_on(search)


async def test_one_person_is_no_comparison() -> None:
    with pytest.raises(ValueInvalid, match="two subjects"):
        await compared(extract(1.6), rows=ROWS[:3])


async def test_progress_goes_once_through_both() -> None:
    seen: list[tuple[int, int]] = []
    work = CompareModels(a=extract(1.6), b=extract(1.6), resampling=Resampling(replicates=20))
    await work(ROWS, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, 321))
    assert {total for _, total in seen} == {320}


async def test_document_and_report_say_the_same() -> None:
    result = await compared(extract(0.6, "p1/1"))
    a, b = values.pack(), values.pack(commercial=False)
    document = document_of(result, a, b)
    assert document.verdict == "better"
    assert document.b.failures == {"too_dark": 1}
    assert (document.a.pack.commercial, document.b.pack.commercial) == (True, False)
    assert document.figures[-1].name == "template, bytes"
    report = compare_report(result, a, b, data=document.pretty())
    assert report.findings[0].text == document.summary
    assert any("non-commercial" in finding.text for finding in report.findings)
    (table,) = report.sections[0].tables
    assert [row[0] for row in table.rows] == [note.name for note in document.figures]
    assert {row[-1] for row in table.rows} <= set(VERDICTS.values())
    (plot,) = report.sections[1].plots
    assert len(plot.series) == 2
    assert all(value > 0 for series in plot.series for value in (*series.x, *series.y))
