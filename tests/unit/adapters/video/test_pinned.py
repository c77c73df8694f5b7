"""What a server answers cannot lead a pinned connection elsewhere."""

import pytest

from visavis.adapters.video.pinned import _Watch


@pytest.mark.parametrize(
    "said",
    [
        b"RTSP/1.0 302 Moved\r\nLocation: rtsp://127.0.0.1/\r\n\r\n",
        b"RTSP/1.0 \t 301\r\n",
        b"RTSP/2.0\n 305 Use proxy",
        b"RTSP/1.0 +3",
        b"RTSP/1.0 0301",
    ],
)
def test_redirections_are_noticed_however_they_are_cut(said: bytes) -> None:
    for cut in range(1, len(said)):
        watch = _Watch()
        assert not (watch.let(b"RTSP/1.0 200 OK\r\n\r\n" + said[:cut]) and watch.let(said[cut:]))


def test_everything_else_passes() -> None:
    watch = _Watch()
    for data in (b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n", b"RTSP/1.0 401 Unauthorized\r\n", b"$\x00\x05" * 900):
        assert watch.let(data)
