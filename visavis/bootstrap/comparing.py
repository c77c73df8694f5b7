"""Composes the comparison of two model packs."""

from pathlib import Path

from visavis.application.compare_models import CompareModels
from visavis.application.extract import Extract
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.domain.decision import Measure
from visavis.domain.pack import Pack


def comparison(models: Models, a: Pack, b: Pack, measure: Measure = Measure.COSINE) -> CompareModels:
    """B against A. Raises as `Models.inference` does."""
    return CompareModels(a=_extract(models, a), b=_extract(models, b), measure=measure)


def _extract(models: Models, pack: Pack) -> Extract:
    return Extract(
        inference=models.inference(pack),
        read=lambda photo: read_file(Path(photo)),
        size=models.decoder().size,
        workers=models.settings.workers,
    )
