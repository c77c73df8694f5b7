"""Reports as commands write them, with figures that were made up."""

import hashlib
import json
from typing import Any

RATE = {
    "target": 1e-3,
    "value": 0.012,
    "low": 0.008,
    "high": 0.017,
    "threshold": 0.31,
    "errors": 36,
    "trials": 3000,
    "supported": True,
}


def a_report(**changes: Any) -> str:
    """What `visavis evaluate --json` prints."""
    return json.dumps(
        {
            "schema": "visavis.evaluate/1",
            "pack": "standard",
            "model": "arcface/0/112px/512",
            "non_commercial": False,
            "measure": "cosine",
            "photos": 1000,
            "subjects": 400,
            "mated": 3000,
            "non_mated": 400_000,
            "equal_error_rate": RATE | {"target": None},
            "fnmr": [RATE, RATE | {"target": 1e-4, "value": 0.03, "low": 0.02, "high": 0.04}],
            "curve": {"thresholds": [0.1, 0.2, 0.3], "fmr": [0.1, 1e-2, 1e-4], "fnmr": [0.001, 0.01, 0.05]},
            "failures": {"no_face": 3},
            "failure_to_acquire": 0.003,
            "failure_to_enrol": 0.0,
        }
        | changes
    )


def _estimate(value: float) -> dict[str, Any]:
    return {
        "value": value,
        "low": value / 2,
        "high": value * 2,
        "errors": 40,
        "trials": 2000,
        "subjects": 60,
        "supported": True,
    }


def a_bias_audit(**changes: Any) -> dict[str, Any]:
    """What `visavis evaluate bias --json` prints."""
    cohorts = [
        {
            "cohort": name,
            "estimate": _estimate(value),
            "compared": True,
            "to_best": None,
            "to_overall": None,
            "to_others": {"value": value / 0.01, "low": 1.1, "high": 4.0},
            "chance": 0.01,
            "found": value > 0.01,
        }
        for name, value in (("<b>north</b>", 0.02), ("south", 0.01))
    ]
    return {
        "schema": "visavis.bias-audit/1",
        "made_at": "2026-03-01T12:00:00Z",
        "software": "visavis 0",
        "tenant": None,
        "gallery": None,
        "pack": "standard",
        "model": "arcface/0/112px/512",
        "measure": "cosine",
        "threshold": 0.31,
        "fmr": 1e-4,
        "calibration": "made up",
        "photos": 900,
        "subjects": 120,
        "least_subjects": 10,
        "found": 1,
        "worst_ratio": 2.0,
        "findings": [{"level": "bad", "text": "north is missed twice as often."}],
        "advice": ["Take more photos of north."],
        "limits": ["It knows the people of this folder only."],
        "attributes": [
            {
                "attribute": "region",
                "per_photo": False,
                "unstated": 0,
                "withheld": 0,
                "cohorts": [],
                "rates": [
                    {
                        "rate": "fnmr",
                        "overall": _estimate(0.015),
                        "best": "south",
                        "tested": True,
                        "needed_subjects": 80,
                        "cohorts": cohorts,
                        "inequity": None,
                    }
                ],
                "cross_fmr": [],
                "garbe": 0.2,
                "inequity_rate": 1.4,
                "stricter_fmr": None,
            }
        ],
    } | changes


def signed(document: dict[str, Any], *, seed: bytes = b"s" * 32) -> str:
    """The file of `visavis evaluate bias --signed`, signed with a key of this test."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    return json.dumps(
        {
            "schema": "visavis.signed-bias-audit/1",
            "document": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "signature": key.sign(text.encode()).hex(),
            "public_key": public.hex(),
            "fingerprint": hashlib.sha256(public).hexdigest(),
        }
    )
