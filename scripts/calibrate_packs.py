"""Recomputes the calibrations and quality maps that the built-in packs ship.

    python scripts/calibrate_packs.py ../shared/data/lfw-dev/images --data "LFW View 2, folds 1-3"

Takes a folder with one folder of photos per subject. Writes `visavis/adapters/onnx/calibration/*.json` and
prints the quality map of each embedder, to be copied into `catalog.toml`. Subjects known to appear under two
names are left out, because a human compared with herself is not a false match.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from visavis.adapters.onnx.calibrations import write_calibration
from visavis.application.calibrate import Provenance, calibration_of
from visavis.application.labelled import LabelledTemplates
from visavis.bootstrap.evaluation import Evaluations, labelled_photos
from visavis.bootstrap.governance import software
from visavis.bootstrap.models import Models
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import MadeFrom
from visavis.evaluation.comparisons import mated_pairs, score_pairs
from visavis.evaluation.quality import fit_quality
from visavis.settings import load_settings

TARGET = Path(__file__).parents[1] / "visavis" / "adapters" / "onnx" / "calibration"
DOUBLES = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}
"""LFW: the first is also Hassan_Wirajuda; the photos of the other two are mixed up."""
PLANS = (
    ("standard", Measure.COSINE, "fr_feature-cosine.json"),
    ("classic", Measure.COSINE, "dlib-cosine.json"),
    ("classic", Measure.EUCLIDEAN, "dlib-euclidean.json"),
)


async def labelled(pack_name: str, measure: Measure, rows: list[tuple[str, str]]) -> LabelledTemplates:
    models = Models(load_settings())
    pack = models.pack(pack_name)
    return await Evaluations(models, pack).folder(measure).labelled(rows)


def quality_map(made: LabelledTemplates, measure: Measure, threshold: float) -> str:
    norms = np.array([template.norm for template in made.extraction.probes.values()])
    pairs = mated_pairs(made.numbers)
    scores = score_pairs(made.references, pairs, measure)
    weaker = np.minimum(norms[pairs.first], norms[pairs.second])
    try:
        fit = fit_quality(weaker, scores < threshold)
    except ValueInvalid as error:
        return f"no quality map: {error.message}"
    return (
        f"quality = {{ centre = {fit.map.centre:.3f}, width = {fit.map.width:.4f} }}   "
        f"# AUC {fit.auc:.3f}, {fit.failures} failures in {fit.trials} mated comparisons"
    )


def print_rates(calibration: Calibration) -> None:
    for fmr in (1e-2, 1e-3, 1e-4, 1e-5):
        threshold = calibration.threshold_at(fmr)
        extrapolated = " extrapolated" * threshold.fmr.extrapolated
        print(f"  FMR {fmr:g}: threshold {threshold.value:.4f}{extrapolated}")
    if calibration.evidence is None:
        return
    for check in calibration.evidence.checks:
        print(
            f"  on other subjects: FMR {check.target:g} was {check.realised:.2g} "
            f"({check.lowest:.2g} to {check.highest:.2g}), {check.within:.0%} inside the interval"
        )
    for search in calibration.evidence.searches:
        print(
            f"  among {search.references} references of others: FPIR {search.target:g} was {search.realised:.2g} "
            f"(for independent comparisons {search.independent:.2g})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", required=True, help="what the calibrations call the data")
    options = parser.parse_args()
    rows = [row for row in labelled_photos(options.folder) if row[0] not in DOUBLES]
    for pack, measure, file in PLANS:
        made = asyncio.run(labelled(pack, measure, rows))
        model = next(iter(made.extraction.references.values())).model
        provenance = Provenance(
            data=options.data, source=MadeFrom.PHOTOS, made_at=datetime.now(UTC), software=software()
        )
        calibration = calibration_of(made, measure, model, provenance)
        print(f"{pack} {measure}: {made.subjects} subjects, {calibration.non_mated:,} non-mated comparisons")
        write_calibration(TARGET / file, calibration)
        print_rates(calibration)
        if measure is Measure.COSINE:
            print(" ", quality_map(made, measure, calibration.threshold_at(1e-4).value))


if __name__ == "__main__":
    main()
