"""Preprocessing, batching and refusals of the aligned embedder, on a graph that gives mean colours."""

from dataclasses import replace

import numpy as np
import pytest
from onnx_graphs import mean_colour

from visavis.adapters.onnx.arcface import POSITIONS, AlignedEmbedder
from visavis.adapters.onnx.session import open_session
from visavis.domain.arrays import Chips
from visavis.domain.errors import FailureToExtract, ModelMismatch, ModelUnsupported, ValueInvalid
from visavis.domain.pack import (
    Artefact,
    ColourOrder,
    EmbedderFamily,
    EmbedderSpec,
    Licence,
    Source,
    SourceKind,
)

SIDE = 28
SPEC = EmbedderSpec(
    family=EmbedderFamily.ARCFACE,
    artefact=Artefact(
        name="test",
        source=Source(kind=SourceKind.FILE, name="test.onnx"),
        sha256="ab" * 32,
        size_bytes=1,
        licence=Licence(name="CC0-1.0", commercial=True, words="Made by a test."),
        provenance="Made by a test.",
    ),
    contract="test",
    dimension=3,
    side=SIDE,
    colour=ColourOrder.BGR,
    mean=(0.0, 0.0, 0.0),
    scale=1.0,
    quality=None,
)


def embedder(spec: EmbedderSpec = SPEC, *, factor: float = 1.0, batch: int | str = "N") -> AlignedEmbedder:
    return AlignedEmbedder(
        spec, open_session(mean_colour(SIDE, factor=factor, batch=batch).SerializeToString())
    )


def plain(*colours: tuple[int, int, int]) -> Chips:
    """A chip of one colour each, blue-green-red."""
    chips = np.empty((len(colours), SIDE, SIDE, 3), dtype=np.uint8)
    chips[:] = np.array(colours, dtype=np.uint8).reshape(-1, 1, 1, 3)
    return chips


def test_colour_order_mean_and_scale() -> None:
    chips = plain((10, 100, 250))
    np.testing.assert_allclose(embedder().embed(chips), [[10, 100, 250]], rtol=1e-5)
    red_first = replace(SPEC, colour=ColourOrder.RGB, mean=(127.0, 120.0, 110.0), scale=128.0)
    expected = [[(250 - 127) / 128, (100 - 120) / 128, (10 - 110) / 128]]
    np.testing.assert_allclose(embedder(red_first).embed(chips), expected, rtol=1e-4)


@pytest.mark.parametrize("batch", ["N", 1])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 11])
def test_any_number_of_chips_in_their_order(count: int, batch: int | str) -> None:
    colours = [(index, 2 * index, 3 * index) for index in range(count)]
    features = embedder(batch=batch).embed(plain(*colours))
    assert features.shape == (count, 3)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, np.array(colours).reshape(-1, 3), rtol=1e-4)


def test_alignment_follows_the_side() -> None:
    chip = embedder().chip
    assert chip.side == SIDE
    np.testing.assert_allclose(np.array(chip.positions) * 4, POSITIONS, rtol=1e-6)


def test_the_model_is_the_one_specified() -> None:
    assert embedder().model == SPEC.model


@pytest.mark.parametrize("factor", [float("nan"), 1e38])
def test_features_that_are_not_finite_are_a_failure_to_extract(factor: float) -> None:
    with pytest.raises(FailureToExtract):
        embedder(factor=factor).embed(plain((100, 200, 250)))


def test_another_dimension_is_refused() -> None:
    with pytest.raises(ModelMismatch):
        embedder(replace(SPEC, dimension=4))


def test_another_side_is_refused() -> None:
    with pytest.raises(ModelUnsupported):
        embedder(replace(SPEC, side=SIDE + 1))


@pytest.mark.parametrize(
    "chips",
    [
        np.zeros((1, SIDE, SIDE + 1, 3), dtype=np.uint8),
        np.zeros((SIDE, SIDE, 3), dtype=np.uint8),
        np.zeros((1, SIDE, SIDE, 3), dtype=np.float32),
    ],
)
def test_other_chips_are_refused(chips: Chips) -> None:
    with pytest.raises(ValueInvalid):
        embedder().embed(chips)
