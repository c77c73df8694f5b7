"""Small videos that tests make."""

from pathlib import Path

import av
import numpy as np


def brightening(target: Path, size: tuple[int, int], *, seconds: float = 2.0, fps: int = 10) -> Path:
    """Each frame is a little brighter than the one before."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(int(seconds * fps)):
            pixels = np.full((size[1], size[0], 3), 40 + 5 * number, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target
