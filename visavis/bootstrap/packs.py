"""Packs of the user."""

from pathlib import Path

from visavis.adapters.onnx.download import Report, silent
from visavis.adapters.onnx.importing import import_manifest
from visavis.bootstrap.models import Models
from visavis.domain.pack import Pack


def import_pack(models: Models, manifest: Path, *, accept: bool = False, progress: Report = silent) -> Pack:
    """Installs the pack a manifest describes. Raises `FileUnreadable`, `ValueInvalid`, `AlreadyExists`,
    `LicenceRefused` and as `Models.pull` does.
    """
    return import_manifest(manifest, models.store, accept=accept, progress=progress)
