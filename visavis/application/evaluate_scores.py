"""How often is another system wrong? Its scores, judged as ours are."""

from dataclasses import dataclass

from visavis.application.evaluation_result import ScoreEvaluation
from visavis.application.judge import VERIFICATION_STEPS, Steps, judge_scores
from visavis.application.ports.progress import Progress
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.comparisons import ComparisonSet

_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """Comparisons made elsewhere; `independent`: their subjects are not known and all numbered 0."""

    comparisons: ComparisonSet
    independent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateScores:
    """1:1 error rates of a table; `threshold` is the one in use, if there is one."""

    threshold: float | None = None
    resampling: Resampling = _RESAMPLING

    def __call__(self, table: ScoreTable, progress: Progress | None = None) -> ScoreEvaluation:
        """Raises `ValueInvalid` without mated and non-mated comparisons."""
        return judge_scores(
            table.comparisons,
            Steps(VERIFICATION_STEPS, progress),
            subjects=0 if table.independent else None,
            threshold=self.threshold,
            resampling=self.resampling,
            independent=table.independent,
        )
