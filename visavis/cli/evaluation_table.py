"""Evaluations on the terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.evaluation import (
        EvaluateDocument,
        EvaluateScoresDocument,
        OpenSetNote,
        RateNote,
        ScoreRates,
    )

_COLUMNS = ("rate", "at", ">value", ">95 % interval", ">threshold", ">errors of", "")
_COMPARED_AT = 1e-2  #: the FPIR at which ways to enrol and to search are compared
_ROWS = {"mean": ", mean", "max": ", each", "both": ", both"}


def render(console: "Console", document: "EvaluateDocument") -> None:
    """A summary in words and the rates as a table."""
    from visavis.cli.tables import print_facts, print_table

    facts = [
        ("pack", document.pack + (" (non-commercial weights)" if document.non_commercial else "")),
        ("photos", f"{document.photos} of {document.subjects} subjects{_guessed(document)}"),
        ("comparisons", f"{document.mated:,} mated, {document.non_mated:,} non-mated, {document.measure}"),
        ("failure to acquire", f"{document.failure_to_acquire:.2%}{_reasons(document)}"),
        ("failure to enrol", f"{document.failure_to_enrol:.2%}"),
    ]
    if document.folded_accuracy:
        folded = document.folded_accuracy
        facts.append(("accuracy by folds", f"{folded.value:.2%} ± {folded.standard_error:.2%}"))
    elif document.accuracy:
        facts.append(("accuracy, at best", f"{document.accuracy.value:.2%}"))
    if document.discard and document.discard.area is not None:
        facts.append(("error versus discard", f"area {document.discard.area:.2f} (1: quality says nothing)"))
    print_facts(console, facts)
    console.print()
    rows = [*_verification(document, "pack's threshold for 1e-4"), *_searches(document)]
    print_table(console, _COLUMNS, rows)


def render_scores(console: "Console", document: "EvaluateScoresDocument") -> None:
    """The same of a table of scores."""
    from visavis.cli.tables import print_facts, print_line, print_table

    known = "not known" if document.independent else f"{document.subjects:,}"
    facts = [
        ("comparisons", f"{document.mated:,} mated, {document.non_mated:,} non-mated"),
        ("could not be made", f"{document.failed:,} mated"),
        ("subjects", known),
    ]
    print_facts(console, facts)
    console.print()
    print_table(console, _COLUMNS, _verification(document, "the threshold"))
    if document.independent:
        warning = "Without the columns first and second the intervals are too narrow."
        print_line(console, (warning, "yellow"))


def _verification(document: "ScoreRates", deployed: str) -> list[tuple[str, ...]]:
    rows = [_row("equal error rate", "", document.equal_error_rate)]
    rows += [_row("FNMR", f"FMR {rate.target:g}", rate) for rate in document.fnmr]
    if document.deployed_fmr and document.deployed_fnmr:
        rows.append(_row("FMR", deployed, document.deployed_fmr))
        rows.append(_row("FNMR", "the same", document.deployed_fnmr))
    return rows


def _searches(document: "EvaluateDocument") -> list[tuple[str, ...]]:
    """All that is known of searches as the product makes them; one line for each other way."""
    rows = [row for one in document.open_set for row in _search(one)]
    for start, found in (("FNIR, same probes", document.policies), ("FNIR, fused", document.multi_probe)):
        rows += [
            _row(f"{start}, {_name(one)}", f"FPIR {rate.target:g}", rate)
            for one in found
            for rate in one.fnir
            if rate.target == _COMPARED_AT
        ]
    return rows


def _search(one: "OpenSetNote") -> list[tuple[str, ...]]:
    rows = [_row(f"1:N, {_name(one)}, {one.subjects:,.0f} subjects", "rank 1", one.rank_1)]
    rows += [_row("  FNIR", f"FPIR {rate.target:g}", rate) for rate in one.fnir]
    if one.deployed_fpir and one.deployed_fnir:
        rows.append(_row("  FPIR", "pack's threshold for 1e-3", one.deployed_fpir))
        rows.append(_row("  FNIR", "the same", one.deployed_fnir))
    return rows


def _name(one: "OpenSetNote") -> str:
    name = f"{one.references} reference{'s' * (one.references > 1)}{_ROWS.get(one.rows, '')}"
    return name if one.probes == 1 else f"{name}, {one.probes} photos"


def _guessed(document: "EvaluateDocument") -> str:
    """Pairs tell only of photos that they join that these show one subject."""
    return ", as far as the pairs tell" if document.accuracy else ""


def _reasons(document: "EvaluateDocument") -> str:
    named = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in document.failures.items())
    return f" ({named})" if named else ""


def _row(name: str, at: str, rate: "RateNote") -> tuple[str, ...]:
    return (
        name,
        at,
        f"{rate.value:.3%}",
        f"{rate.low:.3%} – {rate.high:.3%}",
        "" if rate.threshold is None else f"{rate.threshold:.4f}",
        f"{rate.errors:,} of {rate.trials:,}",
        "" if rate.supported else "too few trials",
    )
