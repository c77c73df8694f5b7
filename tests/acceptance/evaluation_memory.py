"""A whole evaluation with ten million comparisons of synthetic templates; prints what it needed as JSON."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from visavis.application.evaluate import EvaluateFolder
from visavis.application.extract import Extraction
from visavis.application.labelled import LabelledTemplates
from visavis.domain.decision import Measure
from visavis.domain.template import ModelIdentity, Template

SUBJECTS, PHOTOS, DIMENSION = 2_000, 4, 128
MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=DIMENSION)


def photos() -> tuple[Extraction, Sequence[tuple[str, str]]]:
    """Four noisy samples around a centre for each subject; every twentieth subject has one only."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((SUBJECTS, DIMENSION))
    rows = [
        (f"{subject}", f"{subject}/{photo}")
        for subject in range(SUBJECTS)
        for photo in range(1 if subject % 20 == 0 else PHOTOS)
    ]
    made = {
        photo: Template.of(
            (centres[int(subject)] + rng.standard_normal(DIMENSION)).astype(np.float32),
            MODEL,
            quality=float(rng.uniform(0, 100)),
        )
        for subject, photo in rows
    }
    return Extraction(references=made, probes=made, failures={}), rows


def peak_bytes() -> int:
    """Of this program alone: `getrusage` would count what the parent held when it was forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main(comparisons: int) -> None:
    extract: Any = SimpleNamespace(inference=SimpleNamespace(model=MODEL))
    extraction, rows = photos()
    labelled = LabelledTemplates.of(extraction, rows, Measure.COSINE)
    began = time.perf_counter()
    judged = EvaluateFolder(extract=extract, non_mated=comparisons).judge(labelled)
    result = judged.evaluation
    json.dump(
        {
            "peak_bytes": peak_bytes(),
            "seconds": time.perf_counter() - began,
            "non_mated": result.non_mated,
            "searches": len(result.open_set),
            "intervals": [[rate.low, rate.value, rate.high] for rate in result.fnmr],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
