"""Recomputes the calibrations and quality maps that the built-in packs ship.

    python scripts/calibrate_packs.py ../shared/data/lfw-dev/images --data "LFW View 2, folds 1-3"

Takes a folder with one folder of photos per subject. Writes `visavis/adapters/onnx/calibration/*.json` and
prints the quality map of each embedder, to be copied into `catalog.toml`. Subjects known to appear under two
names are left out, because a human compared with herself is not a false match.
"""

import argparse
import asyncio
from pathlib import Path

import numpy as np

from visavis.adapters.onnx.calibrations import write_calibration
from visavis.application.evaluate import LabelledTemplates
from visavis.bootstrap.evaluation import Evaluations, labelled_photos
from visavis.bootstrap.models import Models
from visavis.domain.decision import Measure
from visavis.evaluation.calibration import calibrate, cross_check
from visavis.evaluation.comparisons import ComparisonSet, mated_pairs, score_pairs
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


async def labelled(
    pack_name: str, measure: Measure, rows: list[tuple[str, str]]
) -> tuple[LabelledTemplates, ComparisonSet]:
    models = Models(load_settings())
    pack = models.pack(pack_name)
    made = await Evaluations(models, pack).folder(measure).labelled(rows)
    return made, made.comparisons(measure, None)


def quality_map(made: LabelledTemplates, measure: Measure, threshold: float) -> str:
    norms = np.array([template.norm for template in made.extraction.probes.values()])
    pairs = mated_pairs(made.numbers)
    scores = score_pairs(made.references, pairs, measure)
    weaker = np.minimum(norms[pairs.first], norms[pairs.second])
    fit = fit_quality(weaker, scores < threshold)
    return (
        f"quality = {{ centre = {fit.map.centre:.3f}, width = {fit.map.width:.4f} }}   "
        f"# AUC {fit.auc:.3f}, {fit.failures} failures in {fit.trials} mated comparisons"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", required=True, help="what the calibrations call the data")
    options = parser.parse_args()
    rows = [row for row in labelled_photos(options.folder) if row[0] not in DOUBLES]
    for pack, measure, file in PLANS:
        made, comparisons = asyncio.run(labelled(pack, measure, rows))
        model = next(iter(made.extraction.references.values())).model
        calibration = calibrate(comparisons, model=model, measure=measure, data=options.data)
        print(f"{pack} {measure}: {made.subjects} subjects, {calibration.non_mated:,} non-mated comparisons")
        for fmr in (1e-2, 1e-3, 1e-4, 1e-5):
            threshold = calibration.threshold_at(fmr)
            print(
                f"  FMR {fmr:g}: threshold {threshold.value:.4f}{' extrapolated' * threshold.fmr.extrapolated}"
            )
        for check in cross_check(comparisons, model=model, measure=measure):
            print(
                f"  on other subjects: FMR {check.target:g} was {check.realised:.2g} "
                f"({check.lowest:.2g} to {check.highest:.2g})"
            )
        if measure is Measure.COSINE:
            print(" ", quality_map(made, measure, calibration.threshold_at(1e-4).value))
        if file:
            write_calibration(TARGET / file, calibration)


if __name__ == "__main__":
    main()
