"""The Python face of a gallery, on real photographs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from visavis import Outcome, open_gallery
from visavis.bootstrap.models import Models
from visavis.domain.errors import SubjectNotFound

pytestmark = pytest.mark.models


def test_a_handful_of_lines(models: Models, portraits: Path) -> None:
    with open_gallery("test", memory=True, settings=models.settings) as gallery:
        enrolled = gallery.enrol("Obama", portraits / "obama.jpg", str(portraits / "obama3.jpg"))
        assert enrolled.enrolled == 2
        pixels = np.asarray(Image.open(portraits / "biden.jpg").convert("RGB"))
        assert gallery.enrol("Biden", pixels).enrolled == 1

        (seen,) = gallery.identify(portraits / "obama2.jpg")
        assert seen.decision is not None
        assert seen.decision.outcome is Outcome.MATCH
        assert seen.candidates is not None
        assert [candidate.name for candidate in seen.candidates.candidates] == ["Obama", "Biden"]

        probe = portraits / "obama2.jpg"
        together = gallery.identify_together([probe.read_bytes(), portraits / "obama.jpg"])
        assert together.decision is not None
        assert together.decision.score is not None
        assert seen.decision.score is not None
        assert together.decision.score > seen.decision.score

        assert gallery.verify("Obama", probe).decision.outcome is Outcome.MATCH
        assert gallery.verify("Biden", probe).decision.outcome is Outcome.NON_MATCH

        assert gallery.erase("Obama").references == 2
        with pytest.raises(SubjectNotFound):
            gallery.verify("Obama", probe)
        (unknown,) = gallery.identify(probe)
        assert unknown.decision is not None
        assert unknown.decision.outcome is Outcome.NON_MATCH
