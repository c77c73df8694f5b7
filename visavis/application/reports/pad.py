"""The report of an attack detector."""

from collections.abc import Sequence

from visavis.application.evaluate_pad import PadEvaluation
from visavis.application.ports.reports import (
    Axis,
    Finding,
    Level,
    Look,
    Mark,
    Plot,
    Report,
    Scale,
    Section,
    Series,
    Table,
)
from visavis.application.reports.rates import in_words, interval, percent
from visavis.evaluation.pad import PadPoint, Presented

_GOOD, _BAD = 0.05, 0.2  #: APCER up to which all is well, and from which it is not
_FEW_PRESENTATIONS, _FEW_SUBJECTS = 100, 10
_MOST_LINES = 5


def pad_report(result: PadEvaluation, *, source: str, data: str = "", footer: str = "") -> Report:
    """Page one says which attack works best and how many genuine users are refused; `data` is the JSON document."""
    presentations = sum(one.presentations for one in (result.bona_fide, *result.species))
    return Report(
        title="Does the attack detector hold?",
        subtitle=f"{presentations:,} presentations in {source}, by ISO/IEC 30107-3",
        findings=pad_findings(result),
        facts=_facts(result),
        sections=(
            _species_section(result),
            _points_section(result),
            _curve_section(result),
            _counts(result),
            _method(),
        ),
        data=data,
        footer=footer,
    )


def pad_findings(result: PadEvaluation) -> list[Finding]:
    """In the order of their weight."""
    point = result.headline
    silent = [one for one in (result.bona_fide, *result.species) if one.non_response.errors]
    unseen = {one.label for one in result.species} - {one.species for one in point.apcer}
    return [
        _worst(result, point),
        _refused(result, point),
        *([_few(result)] if _few_of(result) else []),
        *([_silent(silent)] if silent else []),
        *(_unscored(name) for name in sorted(unseen)),
        *([] if result.clustered else [_without_subjects()]),
        Finding(
            level=Level.NOTE,
            text="This says nothing about attack instruments that are not in the table.",
        ),
    ]


def _worst(result: PadEvaluation, point: PadPoint) -> Finding:
    """Of a few presentations nothing good is said."""
    worst = point.worst
    rate, few = worst.apcer, worst.species in {one.label for one in _few_of(result)}
    level = Level.BAD if rate.value > _BAD else Level.WATCH
    if rate.high <= _GOOD and not few:
        level = Level.GOOD
    if not rate.errors:
        text = f"No attack got through {_where(point)}; of “{worst.species}” up to {percent(rate.high)} still might."
    elif len(point.apcer) > 1:
        text = (
            f"“{worst.species}” is the attack that works best: {in_words(rate)} get through {_where(point)}."
        )
    else:
        text = f"Of “{worst.species}”, {in_words(rate)} get through {_where(point)}."
    return Finding(level=level, text=text)


def _refused(result: PadEvaluation, point: PadPoint) -> Finding:
    rate, silent = point.bpcer, result.bona_fide.non_response
    if point in result.deployed:
        level = Level.GOOD if rate.high <= _GOOD else Level.BAD if rate.value > _BAD else Level.WATCH
        text = f"Of genuine users, {in_words(rate)} are taken for attacks {_where(point)}."
    else:
        level = Level.NOTE
        text = f"No threshold was given; this one was set so that {percent(rate.value)} of genuine users are refused."
    if silent.errors:
        text += f" Another {percent(silent.value)} of them got no response."
    return Finding(level=level, text=text)


def _where(point: PadPoint) -> str:
    return (
        f"at {point.name}"
        if point.name.startswith("threshold")
        else f"at {point.name} (threshold {point.threshold:.4g})"
    )


def _few_of(result: PadEvaluation) -> list[Presented]:
    return [
        one
        for one in (result.bona_fide, *result.species)
        if one.presentations < _FEW_PRESENTATIONS
        or (one.subjects is not None and one.subjects < _FEW_SUBJECTS)
    ]


def _few(result: PadEvaluation) -> Finding:
    named = ", ".join(f"{_name(one)} ({one.presentations:,}{_people(one)})" for one in _few_of(result))
    return Finding(
        level=Level.WATCH,
        text=f"Too few presentations to be sure, so look at the intervals: {named}. "
        f"Have at least {_FEW_PRESENTATIONS} presentations by {_FEW_SUBJECTS} people of each.",
    )


def _people(one: Presented) -> str:
    return "" if one.subjects is None else f" of {one.subjects:,} people"


def _silent(silent: Sequence[Presented]) -> Finding:
    named = ", ".join(f"{percent(one.non_response.value)} of {_name(one)}" for one in silent)
    return Finding(level=Level.NOTE, text=f"No response: {named}. These are counted apart, in no other rate.")


def _unscored(name: str) -> Finding:
    return Finding(level=Level.WATCH, text=f"No presentation of “{name}” got a score: its APCER is unknown.")


def _without_subjects() -> Finding:
    return Finding(
        level=Level.NOTE,
        text="The table does not say who was presented, so intervals take each presentation for itself; true ones are "
        "wider. A column “subject” mends that.",
    )


def _name(one: Presented) -> str:
    return one.label.replace("_", " ")


def _facts(result: PadEvaluation) -> list[tuple[str, str]]:
    point = result.headline
    return [
        ("Bona fide presentations", f"{result.bona_fide.presentations:,}{_people(result.bona_fide)}"),
        ("Attack presentations", f"{sum(one.presentations for one in result.species):,}"),
        ("Attack instruments", f"{len(result.species):,}"),
        ("Operating point", point.name),
        ("APCER, worst instrument", f"{percent(point.worst.apcer.value)} ({point.worst.species})"),
        ("BPCER", percent(point.bpcer.value)),
        *((one.name, percent(one.bpcer.value)) for one in result.at_apcer),
        ("ACER, as a remark", percent(point.acer)),
    ]


def _species_section(result: PadEvaluation) -> Section:
    point = result.headline
    order = sorted(point.apcer, key=lambda one: -one.apcer.value)
    series = Series(
        label="APCER",
        x=[float(place) for place in range(len(order))],
        y=[one.apcer.value for one in order],
        low=[one.apcer.low for one in order],
        high=[one.apcer.high for one in order],
        names=[one.species for one in order],
        look=Look.BARS,
    )
    plot = Plot(
        title=f"Attacks that get through, at {point.name}",
        caption=f"APCER of each instrument with its 95 % interval; “{order[0].species}” is the worst.",
        x=Axis(label="attack instrument"),
        y=Axis(label="APCER", percent=True, low=0.0),
        series=(series,),
    )
    return Section(
        heading="Which attacks work?",
        text=("The rate of the worst instrument is the one that counts: an attacker will use it.",),
        plots=(plot,),
    )


def _points_section(result: PadEvaluation) -> Section:
    points = Table(
        title="Rates at each threshold",
        columns=("point", "threshold", "BPCER", "APCER, worst", "worst instrument", "ACER"),
        rows=[
            (
                point.name, f"{point.threshold:.4g}",
                percent(point.bpcer.value) if point in result.at_bpcer else interval(point.bpcer),
                percent(point.worst.apcer.value) if point in result.at_apcer else interval(point.worst.apcer),
                point.worst.species, percent(point.acer),
            )
            for point in result.points
        ],
        caption="BPCER10, BPCER20 and BPCER100 are BPCER where at most 10, 5 and 1 % of every instrument get through. "
        "ACER, the mean of the worst APCER and BPCER, is a remark only: it hides which error it is of.",
    )  # fmt: skip
    chosen = (*result.deployed, *result.at_bpcer)
    species = Table(
        title="APCER of each instrument",
        columns=("instrument", *(point.name for point in chosen)),
        rows=[
            (one.species, *(interval(point.apcer[place].apcer) for point in chosen))
            for place, one in enumerate(result.headline.apcer)
        ],
    )
    return Section(heading="Operating points", tables=(points, species))


def _curve_section(result: PadEvaluation) -> Section:
    """The worst instruments; more lines could not be told apart."""
    worst = sorted(result.headline.apcer, key=lambda one: -one.apcer.value)[:_MOST_LINES]
    chosen = {one.species for one in worst}
    trials = [one.apcer.trials for one in worst]
    least = 1.0 / max(*trials, result.headline.bpcer.trials, 20)
    plot = Plot(
        title="Both errors at every threshold (DET)",
        caption="Lower and further left is better. The marks show where 1 and 5 % of genuine users are refused.",
        x=Axis(label="BPCER", scale=Scale.PROBIT, percent=True, low=least, high=0.6),
        y=Axis(label="APCER", scale=Scale.PROBIT, percent=True, low=least, high=0.6),
        series=[
            Series(label=curve.species, x=curve.bpcer.tolist(), y=curve.apcer.tolist())
            for curve in result.curves
            if curve.species in chosen
        ],
        marks=[
            Mark(label=point.name, x=point.bpcer.target) for point in result.at_bpcer if point.bpcer.target
        ],
    )
    left_out = len(result.curves) - len(chosen)
    text = (
        (f"The {len(chosen)} instruments that work best are shown; {left_out} others lie below.",)
        if left_out
        else ()
    )
    return Section(heading="Every threshold", text=text, plots=(plot,))


def _counts(result: PadEvaluation) -> Section:
    rows = [
        (
            _name(one), f"{one.presentations:,}", "–" if one.subjects is None else f"{one.subjects:,}",
            f"{one.non_response.errors:,}", interval(one.non_response),
        )
        for one in (result.bona_fide, *result.species)
    ]  # fmt: skip
    table = Table(
        title="Presentations",
        columns=("what", "presentations", "people", "without response", "non-response rate"),
        rows=rows,
        caption="The non-response rate is BPNRR for bona fide presentations and APNRR for attacks.",
    )
    return Section(heading="What was presented", tables=(table,))


def _method() -> Section:
    return Section(
        heading="How this was measured",
        text=(
            "Terms and rates are those of ISO/IEC 30107-3. APCER is the share of attack presentations of one "
            "instrument that were taken for bona fide, BPCER the share of bona fide presentations that were taken for "
            "attacks; a presentation counts as bona fide when its score reaches the threshold.",
            "Intervals hold the true rate in 95 of 100 studies. Where subjects are known they are drawn with "
            "replacement, and thresholds that a rate was asked for are set anew in every draw; otherwise, at given "
            "thresholds, they are Wilson's for independent presentations. Without any error the upper end is at least "
            "three divided by the number of independent trials.",
        ),
    )
