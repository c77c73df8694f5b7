"""Puts a model pack on trial in a gallery, lets it decide a share, and ends the trial."""

from dataclasses import dataclass, field, replace

from visavis.application.end_trial import end_trial
from visavis.application.jobs.reembed import OtherModel
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.errors import ModelMismatch, PreconditionFailed, TrialNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import TenantId
from visavis.domain.trial import (
    USUAL_SHARE,
    Disagreement,
    Trial,
    TrialFigures,
    TrialId,
    TrialLimits,
    TrialProgress,
    TrialState,
)

_MOST_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """A trial, and what people want to know of it. `incomparable` are names of subjects with references that the
    candidate cannot have, and why, at most a hundred."""

    trial: Trial
    gallery: Gallery
    progress: TrialProgress
    disagreements: tuple[Disagreement, ...] = ()
    incomparable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWish:
    """How a candidate is to be tried. `allow_missing`: a canary may decide although it does not know everybody."""

    state: TrialState = TrialState.SHADOW
    share: float = USUAL_SHARE
    limits: TrialLimits = field(default_factory=TrialLimits)
    allow_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageTrials:
    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def all(self) -> list[TrialView]:
        """By the time they were started."""
        async with self.store.transaction(self.tenant) as work:
            return [
                TrialView(
                    trial=one,
                    gallery=await work.galleries.get(one.gallery_id),
                    progress=await work.trials.progress(one),
                )
                for one in await work.trials.all()
            ]

    async def get(self, gallery: Gallery) -> TrialView:
        """Raises `TrialNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            trial = await _there(work, gallery)
            return TrialView(
                trial=trial,
                gallery=gallery,
                progress=await work.trials.progress(trial),
                disagreements=tuple(await work.trials.disagreements(trial)),
                incomparable=await _incomparable(work, trial),
            )

    async def put(self, gallery: Gallery, other: OtherModel, wish: TrialWish) -> Trial:
        """Starts a trial, or changes the state of the one that runs. Raises `ModelMismatch` if the gallery has this
        model already, `PreconditionFailed` if another pack is on trial or a canary would not know everybody."""
        if other.model == gallery.model:
            raise ModelMismatch("The gallery has this model already.", hint="Name another model pack.")
        async with self.store.transaction(self.tenant) as work:
            before = await work.trials.of(gallery.id, lock=True)
            if before is not None and before.model != other.model:
                raise PreconditionFailed(
                    f"{before.pack} is on trial in this gallery.",
                    hint=f"Stop that first: visavis trials stop {gallery.name}",
                )
            trial = self._wished(gallery, other, wish, before)
            if wish.state is TrialState.CANARY:
                await _require_complete(work, before, allow_missing=wish.allow_missing)
            await work.trials.keep(trial)
            await self.ledger.note(
                work,
                Action.TRIAL_STARTED if before is None else Action.TRIAL_CHANGED,
                f"gallery:{gallery.id}",
                pack=trial.pack,
                model=str(trial.model),
                state=trial.state.value,
                share=trial.share if trial.state is TrialState.CANARY else None,
            )
        return trial

    async def stop(self, gallery: Gallery) -> Trial:
        """From the next request on the pack in force decides everything; what was made for the trial is removed.
        The trial as it was. Raises `TrialNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            trial = await _there(work, gallery)
            await end_trial(work, self.ledger, gallery, "stopped")
        return trial

    def _wished(self, gallery: Gallery, other: OtherModel, wish: TrialWish, before: Trial | None) -> Trial:
        """Figures of a state begin anew when the state does."""
        now = self.clock.now()
        trial = before or Trial(
            id=TrialId(self.identifiers.new()),
            gallery_id=gallery.id,
            pack=other.pack,
            model=other.model,
            state=wish.state,
            started_at=now,
            changed_at=now,
        )
        if before is not None and before.state is wish.state:
            return replace(trial, share=wish.share, limits=wish.limits, notice="", changed_at=now)
        trial = replace(
            trial, state=wish.state, share=wish.share, limits=wish.limits, notice="", changed_at=now
        )
        return trial.with_figures(TrialFigures())


async def _there(work: UnitOfWork, gallery: Gallery) -> Trial:
    trial = await work.trials.of(gallery.id)
    if trial is None:
        raise TrialNotFound
    return trial


async def _require_complete(work: UnitOfWork, trial: Trial | None, *, allow_missing: bool) -> None:
    """Somebody whom the candidate does not know would not be recognised by it."""
    progress = await work.trials.progress(trial) if trial is not None else None
    if progress is None or progress.waiting:
        raise PreconditionFailed(
            "The candidate does not have all references yet.",
            hint="Start it in shadow, and let it decide when the worker has made its templates.",
        )
    if progress.failed and not allow_missing:
        raise PreconditionFailed(
            f"The candidate cannot have {progress.failed} of {progress.total} references, so it would not "
            "recognise whom they show.",
            hint="Enrol these subjects anew while pictures are kept, or allow it (allow_missing).",
        )


async def _incomparable(work: UnitOfWork, trial: Trial) -> tuple[tuple[str, str], ...]:
    faults = dict(await work.trials.failed(trial, limit=_MOST_NAMED))
    if not faults:
        return ()
    references = await work.references.page(trial.gallery_id, ids=list(faults), limit=_MOST_NAMED)
    return tuple(sorted({(one.subject, faults[one.id]) for one in references}))
