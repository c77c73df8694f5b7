"""Files with results, which tell of people: closed to others, whole or not there, never overwritten unasked."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from visavis.application.labelled import Compared
from visavis.domain.errors import AlreadyExists, FileUnreadable


def require_new(*targets: Path | None, force: bool) -> None:
    """Asked before the long work begins. Raises `AlreadyExists`."""
    for target in targets:
        if target is not None and target.exists() and not force:
            raise AlreadyExists(f"There is a file {target} already.", hint="Name another, or use --force.")


def write_result(target: Path, content: bytes | Callable[[IO[bytes]], None], *, force: bool) -> None:
    """Mode 0600, under its name only when whole; `content` may write itself. Raises `AlreadyExists`,
    `FileUnreadable`."""
    require_new(target, force=force)
    draft = target.with_name(f".{target.name}.new")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileUnreadable(f"{target}: {error.strerror or 'cannot be written'}.") from error


def write_comparisons(target: Path, found: Compared, *, force: bool) -> None:
    """Every comparison as arrays (n,) of a NumPy archive: `score` float32 (-inf: could not be made), `mated`,
    `first` and `second` numbers of the subjects, `first_photo` and `second_photo` places of the photos."""
    some = found.comparisons

    def write(file: IO[bytes]) -> None:
        np.savez(
            file,
            score=some.scores,
            mated=some.mated,
            first=some.first,
            second=some.second,
            first_photo=found.first_photo,
            second_photo=found.second_photo,
        )

    write_result(target, write, force=force)
