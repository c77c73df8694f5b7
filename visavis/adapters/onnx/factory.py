"""From a specification and a graph to a detector or an embedder; from a family to its rewriter."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from visavis.adapters.onnx.arcface import POSITIONS, SIDE_PX, AlignedEmbedder
from visavis.adapters.onnx.dlib_embedder import CHIP, DlibEmbedder
from visavis.adapters.onnx.mtcnn import MtcnnDetector
from visavis.adapters.onnx.scrfd import ScrfdDetector
from visavis.adapters.onnx.session import CPU, Session, open_session
from visavis.adapters.onnx.yunet import YunetDetector
from visavis.domain.errors import ModelUnsupported
from visavis.domain.pack import DetectorFamily, DetectorSpec, EmbedderFamily, EmbedderSpec
from visavis.engine.ports.detector import Detector
from visavis.engine.ports.embedder import ChipSpec, Embedder

if TYPE_CHECKING:
    import onnx

Rewriter: TypeAlias = "Callable[[Path], onnx.ModelProto]"


def build_detector(spec: DetectorSpec, graph: Path, providers: Sequence[str] = (CPU,)) -> Detector:
    """The detector of a family on its rewritten graph. Raises `ModelDown`, `ModelUnsupported`."""
    return detector_on(spec, open_session(graph, providers))


def build_embedder(spec: EmbedderSpec, graph: Path, providers: Sequence[str] = (CPU,)) -> Embedder:
    """The embedder of a family on its rewritten graph. Raises `ModelDown`, `ModelMismatch`, `ModelUnsupported`."""
    return embedder_on(spec, open_session(graph, providers))


def detector_on(spec: DetectorSpec, session: Session) -> Detector:
    """The detector of a family on a graph that is open."""
    match spec.family:
        case DetectorFamily.YUNET:
            return YunetDetector(session)
        case DetectorFamily.SCRFD:
            return ScrfdDetector(session)
        case DetectorFamily.MTCNN:
            return MtcnnDetector(session)


def embedder_on(spec: EmbedderSpec, session: Session) -> Embedder:
    """The embedder of a family on a graph that is open."""
    match spec.family:
        case EmbedderFamily.ARCFACE:
            return AlignedEmbedder(spec, session)
        case EmbedderFamily.DLIB:
            return DlibEmbedder(session=session, model=spec.model)


def chip_spec(spec: EmbedderSpec) -> ChipSpec:
    """How faces are aligned for an embedder, without loading it."""
    if spec.family is EmbedderFamily.DLIB:
        return CHIP
    factor = spec.side / SIDE_PX
    return ChipSpec(side=spec.side, positions=tuple((x * factor, y * factor) for x, y in POSITIONS))


def rewriter_for(family: DetectorFamily | EmbedderFamily) -> Rewriter:
    """How a published file of this family becomes the graph that is run; done once, at installation.

    The package onnx is loaded here only: that takes a sixth of a start, and installed graphs need it no more.

    The rewriter raises `FileUnreadable` or `ModelUnsupported` for a file of another kind, and when the
    rewritten graph does not compute what the published one does.
    """
    from visavis.adapters.onnx import dlib_graph, mtcnn_graph, rewrite

    match family:
        case DetectorFamily.YUNET:
            return _proven(rewrite.rewrite_yunet)
        case DetectorFamily.SCRFD:
            return _proven(rewrite.rewrite_scrfd)
        case DetectorFamily.MTCNN:
            return mtcnn_graph.convert
        case EmbedderFamily.ARCFACE:
            return _proven(rewrite.rewrite_embedder)
        case EmbedderFamily.DLIB:
            return dlib_graph.convert


def _proven(rewrite: "Callable[[onnx.ModelProto], onnx.ModelProto]") -> Rewriter:
    import onnx
    from google.protobuf.message import DecodeError

    from visavis.adapters.onnx.proof import assert_equal

    def read_and_rewrite(path: Path) -> onnx.ModelProto:
        try:
            published = onnx.load(path)
            rewritten = rewrite(published)
            onnx.checker.check_model(rewritten)
        except (DecodeError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ModelUnsupported(f"{path.name} is not a usable ONNX model: {error}") from error
        assert_equal(published, rewritten)
        return rewritten

    return read_and_rewrite
