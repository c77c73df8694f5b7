"""dlib's face recognition ResNet as an ONNX graph, so that ONNX Runtime can run it without dlib.

Contract: `chips` is float32 (N, 3, 150, 150), RGB, 0–255, as `dlib.get_face_chip(size=150, padding=0.25)`
cuts them; `descriptors` is float32 (N, 128), not normalised, compared by Euclidean distance. Subtraction of
the mean colour is a node of the graph, and the division by 256 is folded into the first kernel (exact: a power
of two). Each channel-wise affine map is folded into its convolution in float64 and rounded once.

What dlib does differently from the usual ResNet, and the graph repeats:

- strided convolutions and all poolings have no padding, so that a 35-pixel map becomes 17, then 8, 3 and 1;
- a shortcut that halves is an average pooling (8 becomes 4 where the convolutions give 3), and the sum pads
  the smaller side with zeros: channels at the end, rows and columns at the bottom and the right.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from visavis.adapters.onnx.dlib_dat import DIMENSION, MEAN_RGB, SIZE_PX, Convolution, DlibWeights, read

INPUT = "chips"
OUTPUT = "descriptors"
PIXEL_SCALE = 256.0
OPSET = 17
IR_VERSION = 8
"""Oldest file version that carries the operator set, so that old runtimes load the file too."""


def convert(dat: Path) -> onnx.ModelProto:
    """The network in dlib's `.dat` file as ONNX, checked and with static shapes inferred.

    Raises:
        FileUnreadable: the file is not dlib's network.
    """
    return build(read(dat))


def build(weights: DlibWeights) -> onnx.ModelProto:
    """The graph for `weights`. The same weights always give the same bytes."""
    graph = _Graph()
    flow = graph.centre(INPUT, MEAN_RGB)
    flow = graph.relu(graph.convolve(flow, weights.stem, "stem", divisor=PIXEL_SCALE), "stem")
    flow = graph.pool("MaxPool", flow, "stem", window=3)
    size, channels = ((SIZE_PX - 7) // 2 + 1 - 3) // 2 + 1, weights.stem.bias.size
    for index, block in enumerate(weights.blocks):
        name = f"block{index:02d}"
        first = graph.relu(graph.convolve(flow, block.first, f"{name}/first"), f"{name}/first")
        main, shortcut = graph.convolve(first, block.second, f"{name}/second"), flow
        if block.down:
            convolved, pooled = (size - 3) // 2 + 1, size // 2
            size, added = max(convolved, pooled), block.second.bias.size - channels
            main = graph.pad(main, f"{name}/main", bottom_right=size - convolved)
            shortcut = graph.pool("AveragePool", shortcut, f"{name}/shortcut", window=2)
            shortcut = graph.pad(shortcut, f"{name}/shortcut", channels=added, bottom_right=size - pooled)
        flow = graph.relu(graph.node("Add", [main, shortcut], f"{name}/sum"), name)
        channels = block.second.bias.size
    graph.project(flow, weights.projection)
    return graph.model()


class _Graph:
    """Collects nodes and constants; every method returns the name of the tensor it made."""

    __slots__ = ("_constants", "_nodes")

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: list[str], name: str, **attributes: int | Sequence[int]) -> str:
        """Appends a node; its only output has its name."""
        full = f"{name}/{operator}"
        self._nodes.append(helper.make_node(operator, inputs, [full], name=full, **attributes))
        return full

    def constant(self, values: NDArray[np.float32] | NDArray[np.int64], name: str) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def centre(self, flow: str, mean: Sequence[float]) -> str:
        colour = np.array(mean, dtype=np.float32).reshape(1, 3, 1, 1)
        return self.node("Sub", [flow, self.constant(colour, "mean")], "centre")

    def convolve(self, flow: str, layer: Convolution, name: str, *, divisor: float = 1.0) -> str:
        """The convolution of `flow / divisor` with its affine map folded in."""
        scale = layer.scale.astype(np.float64)
        kernel = layer.kernel * scale[:, None, None, None] / divisor
        bias = layer.bias * scale + layer.shift
        inputs = [
            flow,
            self.constant(kernel.astype(np.float32), f"{name}/kernel"),
            self.constant(bias.astype(np.float32), f"{name}/bias"),
        ]
        return self.node(
            "Conv",
            inputs,
            name,
            kernel_shape=layer.kernel.shape[2:],
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def relu(self, flow: str, name: str) -> str:
        return self.node("Relu", [flow], name)

    def pool(self, operator: str, flow: str, name: str, *, window: int) -> str:
        return self.node(operator, [flow], name, kernel_shape=[window] * 2, strides=[2, 2])

    def pad(self, flow: str, name: str, *, channels: int = 0, bottom_right: int = 0) -> str:
        """Zeros behind the last channel, row and column; nothing at all if none are asked for."""
        ends = [0, channels, bottom_right, bottom_right]
        if not any(ends):
            return flow
        return self.node("Pad", [flow, self.constant(np.array([0] * 4 + ends), f"{name}/pads")], name)

    def project(self, flow: str, projection: NDArray[np.float32]) -> None:
        pooled = self.node("GlobalAveragePool", [flow], "head")
        flat = self.node("Flatten", [pooled], "head", axis=1)
        inputs = [flat, self.constant(projection, "head/projection")]
        self._nodes.append(helper.make_node("MatMul", inputs, [OUTPUT], name="head/MatMul"))

    def model(self) -> onnx.ModelProto:
        chips = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", 3, SIZE_PX, SIZE_PX])
        descriptors = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", DIMENSION])
        graph = helper.make_graph(
            self._nodes, "dlib_face_recognition_resnet_model_v1", [chips], [descriptors], self._constants
        )
        model = helper.make_model(
            graph,
            producer_name="visavis",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return model
