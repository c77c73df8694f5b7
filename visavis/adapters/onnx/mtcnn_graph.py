"""MTCNN's three networks, as a package carries them, in one file: that of the first carries the other two.

A graph has one input, so the networks cannot be one graph; the second and the third travel in the metadata of the
first, where ONNX Runtime finds them without the package onnx.
"""

import base64
import zipfile
from pathlib import Path
from typing import Final

import onnx
from google.protobuf.message import DecodeError

from visavis.adapters.onnx.graph import bind_weights
from visavis.adapters.onnx.mtcnn import CARRIED
from visavis.adapters.onnx.proof import assert_equal
from visavis.adapters.onnx.rewrite import flush_denormals, replace_prelu
from visavis.domain.errors import FileUnreadable, ModelUnsupported

MEMBERS: Final = ("pnet.onnx", "rnet.onnx", "onet.onnx")
_MOST_BYTES: Final = 8 << 20


def convert(archive: Path) -> onnx.ModelProto:
    """Raises `FileUnreadable`, and `ModelUnsupported` for others or if a rewritten one computes something else."""
    first, *others = (_rewritten(content) for content in _members(archive))
    for key, network in zip(CARRIED, others, strict=True):
        entry = first.metadata_props.add()
        entry.key, entry.value = key, base64.b64encode(network.SerializeToString()).decode()
    return first


def _members(archive: Path) -> list[bytes]:
    try:
        with zipfile.ZipFile(archive) as package:
            names = {info.filename.rpartition("/")[2]: info for info in package.infolist()}
            chosen = [names[name] for name in MEMBERS if name in names]
            if len(chosen) != len(MEMBERS) or any(info.file_size > _MOST_BYTES for info in chosen):
                raise ModelUnsupported(f"There are no networks {', '.join(MEMBERS)} in {archive.name}.")
            return [package.read(info) for info in chosen]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise FileUnreadable(f"{archive.name} is no intact archive.") from error


def _rewritten(content: bytes) -> onnx.ModelProto:
    try:
        published = onnx.load_model_from_string(content)
        rewritten = replace_prelu(flush_denormals(bind_weights(published)))
        onnx.checker.check_model(rewritten)
    except (DecodeError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelUnsupported(f"This is no usable network of MTCNN: {error}") from error
    assert_equal(published, rewritten)
    return rewritten
