"""What a service of the CompreFace dialect is made of: a gallery, and a key for it."""

from types import MappingProxyType
from typing import Final

from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep, Policy

MOST_PHOTOS: Final = 200
"""Of one subject: CompreFace knows no limit, and its users keep more than is usual here."""

RECOGNITION: Final = frozenset(
    {
        Permission.IDENTIFY,
        Permission.VERIFY,
        Permission.ENROL,
        Permission.TEMPLATES,
        Permission.SUBJECTS_READ,
        Permission.SUBJECTS_WRITE,
        Permission.SUBJECTS_ERASE,
    }
)
DETECTION: Final = frozenset({Permission.DETECT, Permission.TEMPLATES})
VERIFICATION: Final = frozenset({Permission.VERIFY, Permission.TEMPLATES})
"""`templates` is there for the plugin `calculator` and for embeddings."""

PERMISSIONS: Final = MappingProxyType(
    {
        "compreface-recognition": RECOGNITION,
        "compreface-detection": DETECTION,
        "compreface-verification": VERIFICATION,
    }
)
"""What the key of each type of service may do."""


async def service_gallery(platform: Platform, name: str, *, keep: Keep = Keep.NOTHING) -> Gallery:
    """The gallery of a recognition service; made, with the configured pack, if there is none of this name."""
    try:
        return await platform.gallery(name)
    except GalleryNotFound:
        policy = Policy(name="compreface", max_references=MOST_PHOTOS, keep=keep)
        return await platform.create(name, pack=platform.models.pack(), policy=policy)
