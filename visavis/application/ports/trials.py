"""Model packs on trial in galleries, and their templates of the references there."""

from collections.abc import Sequence
from typing import Protocol

from visavis.domain.subject import GalleryId, ReferenceId
from visavis.domain.template import Template
from visavis.domain.trial import Disagreement, Trial, TrialProgress, TrialTemplate


class Trials(Protocol):
    """A trial goes with its gallery, a template with its reference, a disagreement with its event."""

    async def keep(self, trial: Trial) -> None:
        """Adds it, or replaces the one of the gallery; templates of another trial go. Raises `GalleryNotFound`."""
        ...

    async def of(self, gallery_id: GalleryId, *, lock: bool = False) -> Trial | None:
        """With `lock`, others wait with theirs until this transaction ends."""
        ...

    async def all(self) -> list[Trial]:
        """By the time they were started."""
        ...

    async def remove(self, gallery_id: GalleryId) -> bool:
        """With all that was made for it; whether there was one."""
        ...

    async def missing(self, trial: Trial, *, limit: int) -> list[ReferenceId]:
        """References for which nothing was tried yet, by identifier."""
        ...

    async def add(self, trial: Trial, made: Sequence[TrialTemplate]) -> None:
        """Of references that still exist; records a change for each subject concerned. Does nothing for a trial
        that is over."""
        ...

    async def templates(
        self, trial: Trial, reference_ids: Sequence[ReferenceId]
    ) -> dict[ReferenceId, Template]:
        """Decrypted; references without one are absent."""
        ...

    async def progress(self, trial: Trial) -> TrialProgress: ...

    async def failed(self, trial: Trial, *, limit: int) -> list[tuple[ReferenceId, str]]:
        """References that the candidate cannot have, and why, by identifier."""
        ...

    async def disagree(self, trial: Trial, found: Sequence[Disagreement]) -> None:
        """Keeps those whose events are in the log, the latest hundred of the trial."""
        ...

    async def disagreements(self, trial: Trial) -> list[Disagreement]:
        """The latest first."""
        ...
