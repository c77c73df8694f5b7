"""Reading and editing ONNX graphs: constants, their uses, and a builder that keeps names unique."""

from collections.abc import Iterable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper, shape_inference

Array = NDArray[np.generic]


def constants(model: onnx.ModelProto) -> dict[str, Array]:
    """Values known before the graph runs, by name: initialisers and outputs of Constant nodes."""
    known: dict[str, Array] = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
    }
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            known[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return known


def copied(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy to edit, without recorded shapes of intermediate values, which an edit may make untrue."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.value_info[:]
    return copy


def inputs_only(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """Inputs that have to be fed. Old exporters list the weights among the inputs as well."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def bind_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Removes weights from the inputs: what a caller could still replace is never folded by the runtime."""
    edited = copied(model)
    fed = inputs_only(edited)
    del edited.graph.input[:]
    edited.graph.input.extend(fed)
    return edited


def ranks(model: onnx.ModelProto) -> dict[str, int]:
    """Number of dimensions of every value for which it can be inferred."""
    inferred = shape_inference.infer_shapes(model).graph
    values = [*inferred.input, *inferred.value_info, *inferred.output]
    return {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in values
        if value.type.tensor_type.HasField("shape")
    }


def drop_unused(model: onnx.ModelProto) -> onnx.ModelProto:
    """Removes initialisers that no node reads any more. Edits and returns `model`."""
    used = {name for node in model.graph.node for name in node.input}
    used.update(output.name for output in model.graph.output)
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return model


def replace_nodes(model: onnx.ModelProto, nodes: Iterable[onnx.NodeProto]) -> None:
    kept = list(nodes)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def scaling(model: onnx.ModelProto, source: str, factors: NDArray[np.float64], target: str) -> onnx.NodeProto:
    """A node that multiplies each channel by its factor, as a depthwise 1×1 convolution.

    ONNX Runtime keeps convolutions in its blocked memory layout, which a plain multiplication would leave.
    """
    name = f"{target}/factors"
    kernel = factors.astype(np.float32).reshape(-1, 1, 1, 1)
    model.graph.initializer.append(numpy_helper.from_array(kernel, name))
    return helper.make_node(
        "Conv", [source, name], [target], name=target, group=factors.size, kernel_shape=[1, 1]
    )
