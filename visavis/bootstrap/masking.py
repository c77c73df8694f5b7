"""Composes the evaluation with masks."""

from pathlib import Path

from visavis.application.evaluate_masked import EvaluateMasked
from visavis.application.extract import Extract
from visavis.application.masked_inference import MaskedInference
from visavis.application.ports.inference import Inference
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import CalibrationMissing
from visavis.domain.pack import Pack


def masked_evaluation(models: Models, pack: Pack, measure: Measure, *, painted: bool) -> EvaluateMasked:
    """`painted`: masks are painted on the photos; otherwise photos of masked faces are given."""
    inference, decoder = models.inference(pack), models.decoder()

    def extract(by: Inference) -> Extract:
        return Extract(
            inference=by,
            read=lambda photo: read_file(Path(photo)),
            size=decoder.size,
            workers=models.settings.workers,
            probes=False,
        )

    masked = MaskedInference(inference=inference, decode=decoder.decode) if painted else inference
    return EvaluateMasked(
        unmasked=extract(inference),
        masked=extract(masked),
        measure=measure,
        calibration=_calibration(pack, measure),
    )


def _calibration(pack: Pack, measure: Measure) -> Calibration | None:
    try:
        return pack.calibration(measure)
    except CalibrationMissing:
        return None
