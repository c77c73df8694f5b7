"""A pack on trial, as pages show it."""

from dataclasses import dataclass

from visavis.console.charts import Chart, bars
from visavis.domain.trial import TrialState
from visavis.wire.v1.trials import TrialDetail, TrialFiguresNote

WORDS = {
    "same": "the same person",
    "other_subject": "another person",
    "only_in_force": "only the pack in force recognised somebody",
    "only_candidate": "only the candidate recognised somebody",
    "neither": "unknown to both",
}
_SHORT = {
    "same": "same person",
    "other_subject": "another",
    "only_in_force": "only in force",
    "only_candidate": "only candidate",
    "neither": "neither",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSight:
    """A trial with the figures of its state and their picture."""

    trial: TrialDetail
    figures: TrialFiguresNote
    chart: Chart
    deciding: bool


def sight_of(trial: TrialDetail) -> TrialSight:
    deciding = trial.state is TrialState.CANARY
    figures = trial.canary if deciding else trial.shadow
    chart = bars(
        "Faces that both packs decided",
        [_SHORT[one.agreement.value] for one in figures.counts],
        [[float(one.faces) for one in figures.counts]],
    )
    return TrialSight(trial=trial, figures=figures, chart=chart, deciding=deciding)
