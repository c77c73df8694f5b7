"""One member out of an archive that is not trusted.

Only the named member is read, up to the size it should have; nothing else is unpacked, so links, absolute
paths and paths that climb out of the archive have no effect. Python's pickle is never involved.
"""

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Final

from visavis.domain.errors import FileUnreadable

BLOCK_BYTES: Final = 1 << 20
#: what a tar may unpack to before its member comes; a small file can unpack to very much
UNPACKED_BYTES: Final = 4 << 30
MEMBERS: Final = 100_000
BROKEN: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError)


def extract(archive: Path, member: str, target: Path, limit_bytes: int) -> None:
    """Writes one member of a ZIP, wheel or compressed tar to `target`; without a member the file itself.

    In a tar the top folder, which packages carry around their content, is left out of `member`. Raises
    `FileUnreadable` if the archive is damaged, has no such regular file or a longer one than `limit_bytes`.
    """
    if not member:
        shutil.copyfile(archive, target)
        return
    if PurePosixPath(member).is_absolute() or ".." in PurePosixPath(member).parts:
        raise FileUnreadable(f"The path {member} leaves the archive.")
    try:
        with _opened(archive, member) as stream, target.open("wb") as file:
            _copy(stream, file, member, limit_bytes)
    except (*BROKEN, NotImplementedError, RuntimeError) as error:
        raise FileUnreadable(f"The archive around {member} is damaged or of an unknown kind.") from error


def _copy(stream: IO[bytes], file: IO[bytes], member: str, limit_bytes: int) -> None:
    left = limit_bytes
    while block := stream.read(min(BLOCK_BYTES, left + 1)):
        left -= len(block)
        if left < 0:
            raise FileUnreadable(
                f"The member {member} is larger than the {limit_bytes:,} bytes it should have."
            )
        file.write(block)


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as package, package.open(_zip_member(package, member)) as stream:
            yield stream
        return
    with tarfile.open(archive, "r:*") as tarball:
        content = tarball.extractfile(_tar_member(tarball, member))
        if content is None:
            raise FileUnreadable(f"The member {member} is no file.")
        with content:
            yield content


def _zip_member(package: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    for info in package.infolist():
        # the upper half of the attributes is the Unix mode; 0o120000 marks a symbolic link
        if info.filename == member and not info.is_dir() and (info.external_attr >> 28) != 0o12:
            return info
    raise FileUnreadable(f"The archive has no file {member}.")


def _tar_member(package: tarfile.TarFile, member: str) -> tarfile.TarInfo:
    passed = 0
    for count, info in enumerate(package):
        passed += info.size
        if count > MEMBERS or passed > UNPACKED_BYTES:
            break
        if info.isreg() and member in {info.name, info.name.partition("/")[2]}:
            return info
    raise FileUnreadable(f"The archive has no file {member}.")
