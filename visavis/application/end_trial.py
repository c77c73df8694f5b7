"""The end of a trial, however it comes."""

from visavis.application.ledger import Ledger
from visavis.application.ports.store import UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.gallery import Gallery


async def end_trial(work: UnitOfWork, ledger: Ledger, gallery: Gallery, reason: str) -> None:
    """Removes the gallery's trial, if there is one, and writes down why."""
    trial = await work.trials.of(gallery.id, lock=True)
    if trial is None:
        return
    await work.trials.remove(gallery.id)
    await ledger.note(
        work,
        Action.TRIAL_STOPPED,
        f"gallery:{gallery.id}",
        pack=trial.pack,
        model=str(trial.model),
        reason=reason,
        compared=trial.shadow.compared + trial.canary.compared,
        disagreed=trial.shadow.disagreed + trial.canary.disagreed,
    )
