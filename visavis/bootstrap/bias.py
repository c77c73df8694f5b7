"""Composes the audit of bias."""

from pathlib import Path

from visavis.application.audit_bias import AuditBias
from visavis.application.extract import Extract
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.domain.decision import Calibration, Measure
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy


def bias_audit(
    models: Models,
    pack: Pack,
    *,
    calibration: Calibration | None = None,
    policy: Policy | None = None,
    measure: Measure | None = None,
    fmr: float | None = None,
) -> AuditBias:
    """At the false-match rate of the policy, or at `fmr`. Raises `CalibrationMissing`, and as `Models.analyser`."""
    policy = policy or Policy()
    return AuditBias(
        extract=Extract(
            inference=models.inference(pack),
            read=lambda photo: read_file(Path(photo)),
            size=models.decoder().size,
            workers=models.settings.workers,
            probes=False,
        ),
        calibration=calibration or pack.calibration(measure or policy.measure),
        fmr=policy.fmr if fmr is None else fmr,
        enrol_quality=policy.enrol_quality,
    )
