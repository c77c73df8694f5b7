"""The whole service from its start to its end: ready soon, flat in memory, and nobody is left without an answer."""

import os
from collections.abc import Iterator

import pytest

from ops.drills.drain import Drain
from ops.drills.installation import Installation
from ops.drills.photos import Photos
from ops.drills.soak import PARTS, Soak
from tests.acceptance.service import FACES, installed
from visavis.bootstrap.models import Models

pytestmark = [
    pytest.mark.models,
    pytest.mark.postgres,
    pytest.mark.anyio,
    pytest.mark.enable_socket,
]

SOAK_S = float(os.environ.get("VISAVIS_TEST_SOAK_S", "60"))


@pytest.fixture
def place(models: Models) -> Iterator[Installation]:
    pytest.importorskip("matplotlib", reason="carries a photograph")
    with installed(SERVER__PROCESSES="2") as found:
        yield found


async def test_told_to_end_it_answers_what_it_accepted_and_refuses_the_rest(place: Installation) -> None:
    done = await Drain(place=place, photos=Photos.of(FACES, people=40))()
    assert done.code == 0
    assert not done.lost
    assert not done.silent
    assert set(done.fates) <= {"200", "503"}, done.fates
    assert done.fates["200"] > 0
    assert set(done.late) <= {"200", "503", "ConnectError", "ReadError", "RemoteProtocolError"}, done.late
    assert done.late["ConnectError"] > 0
    assert done.took_s < 20 + 15  # drain_s, and what the database takes


async def test_it_starts_again_and_memory_stays_flat(place: Installation) -> None:
    place.up()
    place.down()
    assert not place.processes().apis
    place.up()
    assert len(place.processes().apis) == 2
    place.visavis("up")  # is satisfied with what runs
    memory = await Soak(place=place, photos=Photos.of(FACES, people=40), per_s=4, every_s=1)(SOAK_S)
    assert set(memory.answers) <= {200, 503}
    assert memory.answers[200] > SOAK_S
    for part in PARTS:  # a leak of one decoded photo in ten would be 100 MiB per minute
        assert memory.slope(part, after_s=SOAK_S / 2) < 30, memory.samples[part]
