"""The whole service is killed at random moments under load: nothing acknowledged is lost, nothing is logged twice.

VISAVIS_TEST_ROUNDS is the number of kills (8 by default), VISAVIS_TEST_SEED decides about their moments;
`python -m ops.drills.chaos` is the same for anybody's machine.
"""

import os

import pytest

from ops.drills.chaos import Drill, report
from ops.drills.photos import Photos
from tests.acceptance.service import FACES, installed
from visavis.bootstrap.models import Models

pytestmark = [
    pytest.mark.models,
    pytest.mark.postgres,
    pytest.mark.anyio,
    pytest.mark.enable_socket,
]

ROUNDS = int(os.environ.get("VISAVIS_TEST_ROUNDS", "8"))
SEED = int(os.environ.get("VISAVIS_TEST_SEED", "20240229"))


async def test_nothing_acknowledged_is_lost_and_nothing_is_logged_twice(models: Models) -> None:
    pytest.importorskip("matplotlib", reason="carries a photograph")
    with installed(JOBS__STALLED_S="6") as place:
        drill = Drill(place=place, photos=Photos.of(FACES, people=40), rounds=ROUNDS, seed=SEED)
        outcome = await drill()
    assert not outcome.violations, report(outcome)
    assert outcome.found.intact
    assert outcome.book.acknowledged > ROUNDS
    assert outcome.book.answers[0] > 0  # the kills were felt
