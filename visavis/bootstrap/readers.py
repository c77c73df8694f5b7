"""Composes the readers of cameras."""

from visavis.application.ports.readers import Readers
from visavis.domain.errors import DependencyMissing
from visavis.settings import Settings


def readers(settings: Settings) -> Readers:
    """Of all kinds; frames have at most `limits.max_image_pixels`. Raises `DependencyMissing` without the extra."""
    try:
        from visavis.adapters.video.sources import VideoReaders
    except ImportError as error:
        raise DependencyMissing(
            "Reading cameras and videos needs PyAV.", hint="Install it with: pip install 'visavis[edge]'"
        ) from error
    return VideoReaders(max_pixels=settings.limits.max_image_pixels)
