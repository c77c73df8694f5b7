"""Passwords of cameras are not shown, and what is shown can be sent back."""

import pytest

from visavis.wire.edge import CameraConfig, ReaderKind, Workload
from visavis.wire.masking import MASK, masked, masked_address, masked_cameras, masked_text, unmasked


def of(*addresses: str) -> Workload:
    cameras = [
        CameraConfig(id=f"camera-{number}", reader=ReaderKind.RTSP, address=address)
        for number, address in enumerate(addresses)
    ]
    return Workload(cameras=tuple(cameras))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://user:word@192.0.2.1:554/a?b=1", "rtsp://***@192.0.2.1:554/a?b=1"),
        ("rtsp://user@host/a", "rtsp://***@host/a"),
        ("http://host/video?user=u&pwd=word&channel=2", "http://host/video?user=***&pwd=***&channel=2"),
        ("http://u:p@ss@host/", "http://***@host/"),
        ("rtsp://[2001:db8::1]/a", "rtsp://[2001:db8::1]/a"),
        ("rtsp://[broken/a", MASK),
        ("/dev/video0", "/dev/video0"),
        ("0", "0"),
    ],
)
def test_an_address_is_shown_without_what_lets_somebody_in(address: str, shown: str) -> None:
    assert masked_address(address) == shown


def test_what_was_shown_may_be_sent_back() -> None:
    before = of("rtsp://user:word@192.0.2.1/a", "rtsp://other:secret@192.0.2.2/b")
    assert unmasked(masked(before), before) == before
    changed = of("rtsp://***@192.0.2.9/a", "rtsp://new:word@192.0.2.2/b")
    found = unmasked(changed, before)
    assert found == changed
    assert masked_cameras(found) == ["camera-0"]
    assert masked_cameras(unmasked(masked(before), None)) == ["camera-0", "camera-1"]


def test_messages_of_others_may_repeat_an_address() -> None:
    assert masked_text("cannot open rtsp://user:word@host/a: 401") == "cannot open rtsp://***@host/a: 401"
    assert masked_text("rtsp://u:p@ss@host") == "rtsp://***@host"
