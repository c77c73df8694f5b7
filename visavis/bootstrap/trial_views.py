"""Trials of model packs as they are shown."""

from visavis.application.trials.manage import TrialView
from visavis.wire.v1.trials import TrialDetail, TrialNote


def trial_note(view: TrialView) -> TrialNote:
    return TrialNote.of(view.trial, view.gallery.name, view.gallery.pack, view.progress)


def trial_detail(view: TrialView) -> TrialDetail:
    return TrialDetail.whole(trial_note(view), view.disagreements, view.incomparable)
