"""Which cameras a server tries, and how it speaks of them."""

import threading
from collections.abc import Sequence

import anyio
import pytest

from tests.unit.bootstrap.test_trials import Played
from visavis.application.ports.readers import Reader, Source
from visavis.bootstrap.camera_desk import TrialRoom, checked_address
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import (
    CameraUnreachable,
    DependencyMissing,
    NotPermitted,
    Overloaded,
    ValueInvalid,
)
from visavis.settings import CameraSettings, Settings, load_settings

pytestmark = pytest.mark.anyio


class Asked(Played):
    """Remembers what it was asked to open."""

    sources: list[Source]

    def open(self, source: Source) -> Reader:
        self.sources = [*getattr(self, "sources", []), source]
        return super().open(source)


def room(camera: Played, *found: str) -> TrialRoom:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if not found:
            raise OSError("no such name")
        return found

    return TrialRoom(open_readers=lambda _: camera, resolve_host=resolve)


def settings(networks: str = "10.0.0.0/8", trial_s: float = 5.0) -> Settings:
    cameras = CameraSettings(trial_networks=networks, trial_s=trial_s)
    return load_settings().model_copy(update={"cameras": cameras})


async def test_the_address_that_was_checked_is_the_one_that_is_opened() -> None:
    camera = Asked(3)
    trial = await room(camera, "10.1.2.3").look("rtsp://u:hidden@cam.example/s", settings(), 30)
    assert trial.frames == 3
    (source,) = camera.sources
    assert (source.pinned_to, source.kind) == ("10.1.2.3", ReaderKind.RTSP)


@pytest.mark.parametrize("found", [("127.0.0.1",), ("10.1.2.3", "169.254.169.254"), ("8.8.8.8",)])
async def test_other_networks_are_never_reached(found: tuple[str, ...]) -> None:
    camera = Asked(3)
    with pytest.raises(NotPermitted) as refused:
        await room(camera, *found).look("http://u:hidden@cam.example/s", settings(), 0)
    assert not hasattr(camera, "sources")
    assert "hidden" not in f"{refused.value.message} {refused.value.advice}"


async def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(CameraUnreachable, match="resolved"):
        await room(Asked(3)).look("http://cam.example/s", settings(), 0)


async def test_a_server_may_try_none() -> None:
    with pytest.raises(NotPermitted, match="tries no cameras"):
        await room(Asked(3), "10.1.2.3").look("http://cam.example/s", settings(""), 0)


async def test_one_at_a_time() -> None:
    silent = Asked(0)
    trying = room(silent, "10.1.2.3")
    async with anyio.create_task_group() as group:

        async def first() -> None:
            with pytest.raises(CameraUnreachable):
                await trying.look("http://cam.example/s", settings(trial_s=60), 0)

        group.start_soon(first)
        while not getattr(silent, "sources", []):  # noqa: ASYNC110 (another thread opens it)
            await anyio.sleep(0.01)
        with pytest.raises(Overloaded):
            await trying.look("http://cam.example/s", settings(), 0)
        silent.closed.set()
    camera = Asked(1)
    trying.open_readers = lambda _: camera
    assert (await trying.look("http://cam.example/s", settings(), 0)).frames == 1


async def test_without_the_extra_it_says_what_to_install() -> None:
    def missing(_: Settings) -> Played:
        raise DependencyMissing("Reading cameras and videos needs PyAV.")

    trying = room(Asked(1), "10.1.2.3")
    trying.open_readers = missing
    before = threading.active_count()
    with pytest.raises(DependencyMissing):
        await trying.look("http://cam.example/s", settings(), 0)
    assert threading.active_count() <= before + 1, (
        "no reader was left behind; one thread of the pool may be new"
    )


def test_addresses_of_cameras() -> None:
    assert checked_address("RTSP://u:p@[fd00::1]/s") == (ReaderKind.RTSP, "fd00::1", 554)
    assert checked_address("http://cam:8080/v") == (ReaderKind.MJPEG, "cam", 8080)
    for address in ("file:///etc/passwd", "0", "/dev/video0", "rtsps://cam/", "http://", "http://a b/", "x"):
        with pytest.raises(ValueInvalid) as refused:
            checked_address(address)
        assert address not in refused.value.message or len(address) == 1
    with pytest.raises(ValueInvalid):
        checked_address("http://cam:99999/")
