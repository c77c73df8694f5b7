"""Proof, at installation, that a rewritten graph computes what the published one did."""

from collections.abc import Iterator

import numpy as np
import onnx

from visavis.adapters.onnx.session import Session, Tensor, open_session
from visavis.domain.errors import ModelUnsupported

TOLERANCE = 1e-4
_SEED = 20
_FREE_SIDE_PX = 64
_UNITS = ((0.0, 1.0), (127.5, 127.5))  #: centre and reach of the inputs: normalised and plain pixels


def assert_equal(
    original: onnx.ModelProto, rewritten: onnx.ModelProto, *, tolerance: float = TOLERANCE
) -> None:
    """Runs both on noise and on structured pictures, in the units of normalised and of plain pixels.

    For every output, the cosine between both results must be at least 1 − `tolerance`, and their lengths
    must agree to the same relative tolerance, because the length of an embedding predicts its quality.

    Raises:
        ModelUnsupported: they differ, or one of them gives numbers that are not finite.
        ModelDown: one of them cannot be run.
    """
    before, after = open_session(original.SerializeToString()), open_session(rewritten.SerializeToString())
    if len(before.output_shapes) != len(after.output_shapes):
        raise ModelUnsupported("The rewritten model has other outputs than the published one.")
    for picture in _pictures(before):
        for index, (expected, got) in enumerate(zip(before.run(picture), after.run(picture), strict=True)):
            difference = _difference(expected, got)
            if not difference <= tolerance:
                raise ModelUnsupported(
                    f"The rewritten model differs from the published one: {difference:.1e} in output {index}."
                )


def _pictures(session: Session) -> Iterator[Tensor]:
    """Batches of one: noise, a gradient, a disc, stripes and a plain area, each in both units."""
    if len(session.input_shape) != 4:
        raise ModelUnsupported("The model does not take a batch of images.")
    _, channels, height, width = (length or _FREE_SIDE_PX for length in session.input_shape)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    noise = np.random.default_rng(_SEED).uniform(-1.0, 1.0, (1, channels, height, width))
    shapes = (x, np.where(x * x + y * y < 0.4, 1.0, -0.6), np.sin(20.0 * y), np.full_like(x, -0.2))
    tints = np.linspace(0.5, 1.0, channels).reshape(1, channels, 1, 1)
    for centre, reach in _UNITS:
        for values in (noise, *[shape * tints for shape in shapes]):
            yield (values * reach + centre).astype(np.float32)


def _difference(expected: Tensor, got: Tensor) -> float:
    """The larger of 1 − cosine and the relative difference of length; infinite for unlike or bad values."""
    one, other = expected.astype(np.float64).ravel(), got.astype(np.float64).ravel()
    if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return float("inf")
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if max(lengths) == 0.0:
        return 0.0
    if min(lengths) == 0.0:
        return float("inf")
    angle = 1.0 - float(one @ other) / (lengths[0] * lengths[1])
    return max(angle, abs(lengths[1] / lengths[0] - 1.0))
