"""Faces found in one place and recognised in another."""

import pytest

from tests.unit.adapters.inference.making import OPEN_GATE, Models, frame
from tests.unit.application.fakes import WordInference
from visavis.adapters.inference.split import SplitInference
from visavis.domain.errors import ModelMismatch
from visavis.domain.sample import Sample


@pytest.mark.anyio
async def test_each_part_does_its_own() -> None:
    near, far = Models(), Models()
    async with near.serving() as detection, far.serving() as recognition:
        inference = SplitInference(detection, recognition)
        found = await inference.samples(frame(), gate=OPEN_GATE)
        (template,) = await inference.templates([face for face in found if isinstance(face, Sample)])
        assert template.model == inference.model
    assert near.detector.looks
    assert not near.embedder.runs
    assert not far.detector.looks
    assert far.embedder.runs == [1]


def test_faces_aligned_for_another_model_are_of_no_use() -> None:
    with pytest.raises(ModelMismatch):
        SplitInference(Models().serving(), WordInference())
