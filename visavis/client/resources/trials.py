"""Model packs on trial."""

from typing import TypeVar

from visavis.client.flows import Flow
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, operation
from visavis.domain.trial import USUAL_SHARE, TrialState
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.trials import (
    TrialDetail,
    TrialLimitsNote,
    TrialList,
    TrialPromote,
    TrialPut,
    TrialStopped,
)

M = TypeVar("M")


class Trials(Resource[M]):
    """One for a gallery at most: a candidate decides beside the pack in force, or a share of the requests."""

    @operation
    def list(self) -> Flow[TrialList]:
        return self._ask(get("v1", "trials"), TrialList)

    @operation
    def get(self, gallery: str) -> Flow[TrialDetail]:
        """With its latest disagreements. `TrialNotFound` if nothing is on trial there."""
        return self._ask(get("v1", "galleries", gallery, "trial"), TrialDetail)

    @operation
    def put(
        self,
        gallery: str,
        pack: str,
        *,
        state: TrialState = TrialState.SHADOW,
        share: float = USUAL_SHARE,
        limits: TrialLimitsNote | None = None,
        allow_missing: bool = False,
    ) -> Flow[TrialDetail]:
        """Starts it, or changes what it may do."""
        wanted = TrialPut(
            pack=pack,
            state=state,
            share=share,
            limits=limits or TrialLimitsNote(),
            allow_missing=allow_missing,
        )
        return self._ask(
            self._write(send("PUT", "v1", "galleries", gallery, "trial", body=wanted)), TrialDetail
        )

    @operation
    def stop(self, gallery: str) -> Flow[TrialStopped]:
        """The pack in force decides everything again."""
        return self._ask(self._write(delete("v1", "galleries", gallery, "trial")), TrialStopped)

    @operation
    def promote(self, gallery: str, *, drop_missing: bool = False) -> Flow[JobNote]:
        """Moves the gallery to the candidate, as a job."""
        wanted = TrialPromote(drop_missing=drop_missing)
        request = send("POST", "v1", "galleries", gallery, "trial", "promote", body=wanted)
        return self._ask(self._write(request), JobNote)
