"""The use cases of one caller that concern agents, and those of agents themselves."""

from abc import abstractmethod
from importlib.util import find_spec
from uuid import UUID

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.agents.copy import GiveCopy, SealedPage, require_copies
from visavis.application.agents.enrolment import EnrolAgent, Invite
from visavis.application.agents.fleet import Content, Fleet, SignedText, signed
from visavis.application.galleries import Galleries
from visavis.application.ports.boxes import Sealer
from visavis.bootstrap.accounts import Doors
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.governance import signer
from visavis.domain.access import ActorKind
from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId
from visavis.domain.errors import AgentNotFound, ConfigurationNotFound, ValueInvalid
from visavis.domain.template import require_same_model
from visavis.wire.edge import Workload
from visavis.wire.masking import masked_cameras, unmasked
from visavis.wire.v1.agents import AgentDetail, AgentEntry, VersionNote, workload_of


def sealer() -> Sealer | None:
    """`None` where nothing can be encrypted: without the extra visavis[store]."""
    if find_spec("cryptography") is None:
        return None
    from visavis.adapters.boxes.sealed import X25519Boxes

    return X25519Boxes()


def enrol_agent(doors: Doors) -> EnrolAgent:
    """What a device with a token asks for."""
    return EnrolAgent(store=doors.store, clock=doors.clock, identifiers=doors.identifiers, signer=signer())


class Agency(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def galleries(self) -> Galleries: ...

    @property
    def invite_agent(self) -> Invite:
        return Invite(
            store=self.store,
            by=self.principal,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )

    @property
    def fleet(self) -> Fleet:
        return Fleet(
            store=self.store, by=self.principal, ledger=self.ledger, clock=SystemClock(), signer=signer()
        )

    @property
    def own_key(self) -> ApiKeyId:
        """Of the agent that calls. Raises `AgentNotFound` for everybody else."""
        actor = self.principal.actor
        if actor.kind is not ActorKind.KEY:
            raise AgentNotFound("Only an agent may ask this, with its own key.")
        return ApiKeyId(UUID(actor.id))

    def agent_entry(self, agent: Agent) -> AgentEntry:
        """As it is shown."""
        return AgentEntry.of(agent, SystemClock().now(), self.settings.agents.poll_s)

    async def agent_detail(self, agent: Agent) -> AgentDetail:
        """With its configuration, passwords masked."""
        versions = tuple(VersionNote.of(one) for one in await self.fleet.versions(agent.id))
        return AgentDetail.with_versions(self.agent_entry(agent), await self._workload(agent.id), versions)

    async def configure_agent(
        self, agent_id: AgentId, wanted: Workload, *, expected: int | None = None
    ) -> Agent:
        """A new version; masked addresses mean what they meant before. Raises as `Fleet.configure`, and `ValueInvalid`
        for a masked address of a camera that is new."""
        whole = unmasked(wanted, await self._workload(agent_id))
        unknown = masked_cameras(whole)
        if unknown:
            raise ValueInvalid(
                f"The address of {', '.join(unknown)} is masked, and there is no earlier one.",
                hint="Write the whole address, with user and password.",
            )
        named = {whole.gallery, *(camera.gallery for camera in whole.cameras if camera.gallery)}
        text = whole.model_dump_json(by_alias=True)
        content = Content(workload=text, galleries=frozenset(named))
        return await self.fleet.configure(agent_id, content, expected=expected)

    async def gallery_copy(self, name: str, *, after: int, epoch: str, denied: bool = False) -> SealedPage:
        """A page of the copy of a gallery for the agent that calls. Raises as `GiveCopy`, and `GalleryNotFound`."""
        await self.fleet.own(self.own_key)
        self.principal.require_gallery(name)
        gallery = await self.galleries.get(name)
        require_copies(gallery)
        calibration = gallery.own_calibration
        if calibration is None:
            pack = self.models.pack(gallery.pack)
            require_same_model(gallery.model, pack.embedder.model)
            calibration = pack.calibration(gallery.policy.measure)
        give = GiveCopy(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            signer=signer(),
            sealer=sealer(),
        )
        return await give(self.own_key, gallery, calibration, after=after, epoch=epoch, denied=denied)

    async def vouched(self, text: str) -> SignedText:
        """The text with the tenant's signature. Raises `KeyUnavailable`."""
        async with self.store.transaction(self.tenant) as work:
            return await signed(work, signer(), text)

    async def _workload(self, agent_id: AgentId) -> Workload | None:
        try:
            return workload_of((await self.fleet.configuration(agent_id)).workload)
        except ConfigurationNotFound:
            return None
