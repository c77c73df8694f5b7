"""Trials as rows, and back."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from visavis.domain.subject import GalleryId
from visavis.domain.template import ModelIdentity
from visavis.domain.trial import Agreement, Side, Trial, TrialFigures, TrialId, TrialLimits, TrialState

COLUMNS = (
    "trial_id, gallery_id, pack, model, state, share, limits, notice, started_at, changed_at, shadow, canary"
)


def row_of(trial: Trial) -> tuple[object, ...]:
    return (
        trial.id,
        trial.gallery_id,
        trial.pack,
        trial.model.key,
        trial.state.value,
        trial.share,
        Jsonb(dataclasses.asdict(trial.limits)),
        trial.notice,
        trial.started_at,
        trial.changed_at,
        Jsonb(_plain(trial.shadow)),
        Jsonb(_plain(trial.canary)),
    )


def trial_of(row: Sequence[Any]) -> Trial:
    return Trial(
        id=TrialId(row[0]),
        gallery_id=GalleryId(row[1]),
        pack=row[2],
        model=ModelIdentity.parse(row[3]),
        state=TrialState(row[4]),
        share=row[5],
        limits=TrialLimits(**row[6]),
        notice=row[7],
        started_at=row[8],
        changed_at=row[9],
        shadow=_figures(row[10]),
        canary=_figures(row[11]),
    )


def _plain(figures: TrialFigures) -> dict[str, object]:
    return {
        "agreements": {kind.value: count for kind, count in figures.agreements.items()},
        "errors": figures.errors,
        "skipped": figures.skipped,
        "dropped": figures.dropped,
        "in_force": dataclasses.asdict(figures.in_force),
        "candidate": dataclasses.asdict(figures.candidate),
    }


def _figures(stored: Mapping[str, Any]) -> TrialFigures:
    return TrialFigures(
        agreements={Agreement(kind): count for kind, count in stored["agreements"].items()},
        errors=stored["errors"],
        skipped=stored["skipped"],
        dropped=stored["dropped"],
        in_force=_side(stored["in_force"]),
        candidate=_side(stored["candidate"]),
    )


def _side(stored: Mapping[str, Any]) -> Side:
    return Side(scores=stored["scores"], score_sum=stored["score_sum"], latencies=tuple(stored["latencies"]))
