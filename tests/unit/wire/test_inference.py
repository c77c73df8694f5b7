"""Samples between the servers of an installation."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.wire import values
from visavis.domain.sample import Light, Sample
from visavis.wire.inference import found_message, found_of
from visavis.wire.proto import visavis_pb2 as pb


@pytest.mark.parametrize("light", [None, Light(brightness=127.5, red_green=0.25, blue_green=-0.1)])
def test_a_sample_arrives_as_it_was_sent(light: Light | None) -> None:
    chip = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    sample = Sample(face=values.face(), chip=chip, quality=replace(values.quality(), light=light))
    found = found_of(pb.FoundFace.FromString(found_message(sample).SerializeToString()))
    assert isinstance(found, Sample)
    assert found.quality == sample.quality
    assert np.array_equal(found.chip, chip)
