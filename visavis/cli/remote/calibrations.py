"""A calibration of a server's gallery: measured here, on photos that stay here."""

from pathlib import Path
from typing import TYPE_CHECKING

from visavis.cli.evaluation_options import bar
from visavis.cli.invocation import Invocation
from visavis.cli.packs import ready_pack
from visavis.cli.stores import run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from visavis.client.synchronous import Client
    from visavis.domain.decision import Calibration
    from visavis.wire.calibration import CalibrateDocument


def calibrated(
    invocation: Invocation, client: "Client", name: str, photos: Path | None, data: str
) -> "tuple[CalibrateDocument, Calibration]":
    """With the model of the gallery, which the server keeps it with.

    Raises `ValueInvalid`, `ModelMismatch`, and what the client and the evaluation raise.
    """
    from visavis.bootstrap.evaluation import Evaluations, checked_data_name, labelled_photos
    from visavis.bootstrap.models import Models
    from visavis.domain.decision import Measure
    from visavis.domain.template import ModelIdentity, require_same_model
    from visavis.wire.calibration import CalibrateDocument
    from visavis.wire.v1.calibrations import CalibrationContent

    if photos is None:
        raise ValueInvalid(
            "Templates do not leave a server: --from-references works where the database is.",
            hint="Give a folder of photos, or run the command on the server with --data-dir.",
        )
    if not data:
        raise ValueInvalid("Say with --data what the photos are; every decision will name it.")
    given, rows = checked_data_name(data), labelled_photos(photos)
    entry, settings = client.galleries.get(name), invocation.settings()
    pack = ready_pack(invocation, settings, entry.pack)
    require_same_model(ModelIdentity.parse(entry.model), pack.embedder.model)
    work = Evaluations(Models(settings), pack).calibrate(Measure(entry.policy.measure))
    with bar("photos") as progress:
        calibration = run(lambda: work(rows, data=given, progress=progress))
    client.galleries.set_calibration(name, CalibrationContent.of(calibration))
    return CalibrateDocument.of(calibration, pack=entry.pack, file="", gallery=name), calibration
