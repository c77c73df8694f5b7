"""Rewriting published graphs, once at installation, so that ONNX Runtime runs them faster.

Every function takes a model and returns another one that computes the same; `assert_equal` proves it before
the result is used. What was measured on the embedder of the pack `standard` (AVX2, one thread): 12.9 ms as
published, 6.2 ms after `rewrite_embedder`, 5.2 ms if its activations were plain ReLUs.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from visavis.adapters.onnx.graph import (
    bind_weights,
    constants,
    copied,
    drop_unused,
    inputs_only,
    ranks,
    replace_nodes,
    scaling,
)
from visavis.domain.errors import ModelUnsupported

BATCH, HEIGHT, WIDTH = "N", "H", "W"

_WITHOUT_SIGN = np.uint32(0x7FFFFFFF)
_NEGLIGIBLE = np.float32(1e-30)


def rewrite_embedder(model: onnx.ModelProto) -> onnx.ModelProto:
    """An embedder of any batch size, without denormal weights and with fast activations."""
    return replace_prelu(dynamic_batch(flush_denormals(bind_weights(model))))


def rewrite_yunet(model: onnx.ModelProto) -> onnx.ModelProto:
    """YuNet for any height and width that are multiples of 32, one image at a time."""
    return dynamic_size(flush_denormals(bind_weights(model)))


def rewrite_scrfd(model: onnx.ModelProto) -> onnx.ModelProto:
    """SCRFD as published, without denormal weights; its size stays as it is, fixed or free."""
    return flush_denormals(bind_weights(model))


def flush_denormals(model: onnx.ModelProto) -> onnx.ModelProto:
    """Sets weights so small that their products become denormal to zero: arithmetic with those is slow.

    The weights are compared by their bits, because a processor told to treat denormals as zero, as the first
    session does, would not see them.
    """
    edited = copied(model)
    for tensor in edited.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        bits = numpy_helper.to_array(tensor).view(np.uint32)
        size = bits & _WITHOUT_SIGN
        tiny = (size != 0) & (size < _NEGLIGIBLE.view(np.uint32))
        if tiny.any():
            values = np.where(tiny, np.uint32(0), bits).view(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return edited


def dynamic_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """Frees the first dimension of the input, the outputs and of every constant `Reshape` to a batch of one."""
    edited = copied(model)
    for value in [*inputs_only(edited), *edited.graph.output]:
        dimensions = value.type.tensor_type.shape.dim
        if dimensions:
            dimensions[0].dim_param = BATCH
    known = constants(edited)
    for node in edited.graph.node:
        target = known.get(node.input[1]) if node.op_type == "Reshape" else None
        if target is not None and target.size > 1 and target.flat[0] == 1:
            name = f"{node.output[0]}/shape"
            free = np.array([0, *target.flat[1:]], dtype=np.int64)  # 0: as long as the input
            edited.graph.initializer.append(numpy_helper.from_array(free, name))
            node.input[1] = name
    return drop_unused(edited)


def dynamic_size(model: onnx.ModelProto) -> onnx.ModelProto:
    """Frees batch, height and width of an image input, and batch and number of places of the outputs.

    For graphs without constants derived from the size, as YuNet's: nothing but the declared shapes is fixed.
    """
    edited = copied(model)
    for value in inputs_only(edited):
        dimensions = value.type.tensor_type.shape.dim
        if len(dimensions) != 4:
            raise ModelUnsupported(f"The input {value.name} is not a batch of images.")
        for index, name in ((0, BATCH), (2, HEIGHT), (3, WIDTH)):
            dimensions[index].dim_param = name
    for output in edited.graph.output:
        for index, dimension in enumerate(output.type.tensor_type.shape.dim[:2]):
            dimension.dim_param = f"{output.name}_{index}"
    return edited


def replace_prelu(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces PReLU by operators that ONNX Runtime runs in its blocked layout, with the same values.

    For a slope a per channel, PReLU(z) = a·z + (1−a)·relu(z), and (1−a)·relu(z) = relu((1−a)·z) where a ≤ 1:
    two depthwise 1×1 convolutions, one with a fused ReLU and one with a fused sum. PReLU itself has no
    blocked kernel, so that each one costs two changes of layout and a slow pass; together that was half of
    the time of a MobileFaceNet. One slope for all channels becomes `LeakyRelu`, which is fused entirely.
    Only values known to be of four dimensions are touched.
    """
    edited = copied(model)
    known, rank = constants(edited), ranks(edited)
    nodes: list[onnx.NodeProto] = []
    for node in edited.graph.node:
        slopes = known.get(node.input[1]) if node.op_type == "PRelu" else None
        if slopes is None or rank.get(node.input[0]) != 4 or not _per_channel(slopes):
            nodes.append(node)
        else:
            nodes += _activation(edited, node, slopes.reshape(-1).astype(np.float64))
    replace_nodes(edited, nodes)
    return drop_unused(edited)


def _per_channel(slopes: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bool:
    """One slope for each channel of (batch, channels, height, width), or one for all."""
    shape = (1,) * (4 - slopes.ndim) + slopes.shape
    return slopes.dtype == np.float32 and len(shape) == 4 and slopes.size == shape[1]


def _activation(
    model: onnx.ModelProto, node: onnx.NodeProto, slopes: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> list[onnx.NodeProto]:
    source, target = node.input[0], node.output[0]
    if slopes.size == 1:
        return [helper.make_node("LeakyRelu", [source], [target], name=target, alpha=float(slopes[0]))]
    linear, bent, part = f"{target}/linear", f"{target}/bent", f"{target}/part"
    if slopes.max() <= 1.0:
        bend = [
            scaling(model, source, 1.0 - slopes, part),
            helper.make_node("Relu", [part], [bent], name=bent),
        ]
    else:
        bend = [
            helper.make_node("Relu", [source], [part], name=part),
            scaling(model, part, 1.0 - slopes, bent),
        ]
    total = helper.make_node("Add", [linear, bent], [target], name=target)
    return [*bend, scaling(model, source, slopes, linear), total]
