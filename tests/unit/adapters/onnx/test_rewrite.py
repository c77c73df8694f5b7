"""A rewritten graph computes the same, and what does not is refused."""

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx_graphs import GraphWriter, embedder, yunet

from visavis.adapters.onnx.graph import bind_weights
from visavis.adapters.onnx.proof import assert_equal
from visavis.adapters.onnx.rewrite import (
    dynamic_batch,
    dynamic_size,
    flush_denormals,
    replace_prelu,
    rewrite_embedder,
    rewrite_scrfd,
    rewrite_yunet,
)
from visavis.adapters.onnx.session import open_session
from visavis.domain.errors import ModelUnsupported

NUMBERS = np.random.default_rng(5)


def slopes(low: float, high: float) -> NDArray[np.float64]:
    return np.linspace(low, high, 8).reshape(8, 1, 1)


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def perturbed(model: onnx.ModelProto, factor: float) -> onnx.ModelProto:
    """The model with one weight of its first convolution multiplied."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    tensor = next(weight for weight in changed.graph.initializer if len(weight.dims) == 4)
    values = numpy_helper.to_array(tensor).copy()
    values.flat[0] *= factor
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return changed


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.5), (-1.4, 1.0), (0.2, 1.7), (1.5, 2.0), (1.0, 1.0)])
def test_prelu_becomes_convolutions_of_the_same_value(low: float, high: float) -> None:
    model = embedder(slopes(low, high), slopes(high, low))
    rewritten = replace_prelu(model)
    assert "PRelu" in kinds(model)
    assert "PRelu" not in kinds(rewritten)
    assert_equal(model, rewritten, tolerance=1e-6)


def test_one_slope_for_all_channels_becomes_a_leaky_relu() -> None:
    model = embedder(np.full((1, 1, 1), 0.3))
    rewritten = replace_prelu(model)
    assert "LeakyRelu" in kinds(rewritten)
    assert_equal(model, rewritten, tolerance=1e-6)


def test_prelu_of_a_flat_value_is_left_alone() -> None:
    writer = GraphWriter()
    flat = writer.node("Flatten", "input", axis=1)
    writer.node("PRelu", flat, writer.constant(np.full(48, 0.2, dtype=np.float32)), to="output")
    model = writer.model((1, 3, 4, 4), {"output": (1, 48)})
    assert "PRelu" in kinds(replace_prelu(model))


def test_batch_becomes_free_and_faces_do_not_depend_on_their_company() -> None:
    model = embedder(slopes(-0.3, 1.2), slopes(0.1, 0.9))
    before = open_session(model.SerializeToString())
    after = open_session(rewrite_embedder(model).SerializeToString())
    batch = NUMBERS.normal(0, 1, (5, 3, 16, 16)).astype(np.float32)
    alone = np.concatenate([before.run(batch[index : index + 1])[0] for index in range(5)])
    assert before.input_shape[0] == 1
    assert after.input_shape == (None, 3, 16, 16)
    assert after.output_shapes == ((None, 12),)
    np.testing.assert_allclose(after.run(batch)[0], alone, rtol=1e-4, atol=1e-5)


def test_free_batch_alone_changes_no_bit() -> None:
    model = embedder(slopes(0.1, 0.2))
    picture = NUMBERS.normal(0, 1, (1, 3, 16, 16)).astype(np.float32)
    results = [open_session(m.SerializeToString()).run(picture)[0] for m in (model, dynamic_batch(model))]
    np.testing.assert_array_equal(*results)


def test_denormal_weights_are_set_to_zero_even_where_the_processor_does_not_see_them() -> None:
    open_session(embedder(slopes(0.1, 0.2)).SerializeToString())
    model = embedder(slopes(0.1, 0.2))
    index, tensor = next((i, w) for i, w in enumerate(model.graph.initializer) if len(w.dims) == 4)
    bits = numpy_helper.to_array(tensor).view(np.uint32).copy()
    kept = np.float32(-1e-29).view(np.uint32)
    bits.flat[0], bits.flat[1], bits.flat[2] = 1, 0x807FFFFF, kept
    tensor.CopyFrom(numpy_helper.from_array(bits.view(np.float32), tensor.name))
    flushed = numpy_helper.to_array(flush_denormals(model).graph.initializer[index]).view(np.uint32)
    assert flushed.flat[:3].tolist() == [0, 0, kept]
    np.testing.assert_array_equal(flushed.flat[3:], bits.flat[3:])


def test_rewriting_leaves_the_published_model_as_it_was() -> None:
    model = embedder(slopes(0.1, 1.4))
    bytes_before = model.SerializeToString()
    rewrite_embedder(model)
    assert model.SerializeToString() == bytes_before


def test_weights_listed_as_inputs_are_bound() -> None:
    model = embedder(slopes(0.1, 0.4))
    for weight in model.graph.initializer:
        info = onnx.helper.make_tensor_value_info(weight.name, weight.data_type, weight.dims)
        model.graph.input.append(info)
    bound = bind_weights(model)
    assert [value.name for value in bound.graph.input] == ["input"]
    assert_equal(bound, rewrite_embedder(model))


def test_a_detector_takes_any_size_after_rewriting() -> None:
    model = yunet(8, box=(0, 0, 0, 0), marks=[0.5] * 10)
    rewritten = rewrite_yunet(model)
    assert_equal(model, rewritten, tolerance=1e-7)
    session = open_session(rewritten.SerializeToString())
    outputs = session.run(np.zeros((1, 3, 96, 160), dtype=np.float32))
    assert outputs[0].shape == (1, 12 * 20, 1)
    assert_equal(model, rewrite_scrfd(model), tolerance=1e-7)


def test_size_is_not_freed_for_what_is_no_image() -> None:
    writer = GraphWriter()
    writer.node("Relu", "input", to="output")
    with pytest.raises(ModelUnsupported):
        dynamic_size(writer.model((1, 3), {"output": (1, 3)}))


@pytest.mark.parametrize("factor", [3.0, -1.0, float("nan"), float("inf")])
def test_a_changed_weight_is_refused(factor: float) -> None:
    model = embedder(slopes(0.1, 0.4))
    with pytest.raises(ModelUnsupported, match="differs"):
        assert_equal(model, perturbed(model, factor))


def test_another_length_of_the_embedding_is_refused() -> None:
    model = embedder(slopes(0.1, 0.4))
    longer = onnx.ModelProto()
    longer.CopyFrom(model)
    longer.graph.node[-1].output[0] = "short"
    writer = GraphWriter()
    writer.node("Add", "short", "short", to="output")
    longer.graph.node.extend(writer.nodes)
    with pytest.raises(ModelUnsupported, match="differs"):
        assert_equal(model, longer)
