"""Notice agents and cameras of which nothing is heard, and that they are heard of again, for rules that wait for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visavis.application.alerts.presence import heard_at
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.agent import Agent
from visavis.domain.alert import AlertRule
from visavis.domain.alert_kinds import Trigger
from visavis.domain.camera import Camera
from visavis.domain.occurrence import QUIET, Notice, Occurrence
from visavis.domain.subject import TenantId

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedCamera:
    """What an agent says of one of its cameras; `problem` has no addresses and passwords in it."""

    name: str
    up: bool
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """Something that may be silent: what would be said of it, and whether a rule takes it for silent now."""

    notice: Notice
    is_silent: Callable[[AlertRule], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSilence:
    """The agents of one tenant, which are expected to report every `interval_s`, the cameras that they say are down,
    and the cameras that sent nothing for as long as a rule says. What was noticed stands in the alerts, so that it is
    noticed once, by whatever process. `cameras_of` reads the last report of an agent."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers
    interval_s: float
    cameras_of: Callable[[Agent], Sequence[WatchedCamera]]

    async def __call__(self) -> int:
        """The number of notices."""
        async with self.store.transaction(self.tenant) as work:
            rules = [
                rule
                for rule in await work.alert_rules.all()
                if rule.enabled and rule.condition.trigger is Trigger.SILENT
            ]
            if not rules:
                return 0
            await work.alerts.claim()
            findings = [*await self._agents(work), *await self._quiet(work, rules)]
            return sum([await self._tell(work, rules, one) for one in findings])

    async def _agents(self, work: UnitOfWork) -> list[_Finding]:
        now = self.clock.now()
        cameras = {one.name: one for one in await work.cameras.page(limit=_PAGE)}
        found: list[_Finding] = []
        for agent in await work.agents.page(limit=_PAGE):
            silent = agent.is_silent(now, self.interval_s)
            text = "no report from the agent"
            found.append(_finding(self._notice(f"agent:{agent.id}", text, agent.name), silent=silent))
            if not silent:
                found += self._cameras(agent, cameras)
        return found

    def _cameras(self, agent: Agent, known: dict[str, Camera]) -> Iterator[_Finding]:
        """Of a silent agent nobody knows how its cameras are; its own alert says so."""
        for one in self.cameras_of(agent):
            text = (one.problem or "no pictures")[:500]
            notice = self._notice(f"camera:{one.name}", text, one.name, known.get(one.name))
            yield _finding(notice, silent=not one.up)

    async def _quiet(self, work: UnitOfWork, rules: Sequence[AlertRule]) -> list[_Finding]:
        """Cameras, if a rule says for how long they may send nothing."""
        longest = max(rule.condition.lasting_s for rule in rules)
        if not longest:
            return []
        return [
            self._quiet_one(camera, await heard_at(work, camera.name, self.clock.now(), longest))
            for camera in await work.cameras.page(limit=_PAGE)
        ]

    def _quiet_one(self, camera: Camera, heard: datetime | None) -> _Finding:
        notice = self._notice(f"{QUIET}{camera.name}", "nothing was sent", camera.name, camera)
        silence = self.clock.now() - max(heard or camera.created_at, camera.created_at)

        def is_silent(rule: AlertRule) -> bool:
            return silence >= timedelta(seconds=rule.condition.lasting_s)

        return _Finding(notice=notice, is_silent=is_silent)

    def _notice(self, key: str, text: str, source: str, camera: Camera | None = None) -> Notice:
        return Notice(
            id=self.identifiers.new(),
            trigger=Trigger.SILENT,
            at=self.clock.now(),
            key=key,
            text=text,
            source=source,
            site=camera.place.site if camera else "",
            zone=camera.place.zone if camera else "",
        )

    async def _tell(self, work: UnitOfWork, rules: Sequence[AlertRule], found: _Finding) -> bool:
        notice = found.notice
        one = Occurrence.of_notice(notice)
        asked = [rule for rule in rules if rule.condition.takes(one)]
        known = {rule.id: await work.alerts.current(rule.id, None, one.key) is not None for rule in asked}
        if any(found.is_silent(rule) and not known[rule.id] for rule in asked):
            await work.alerts.notice(notice)
            return True
        if any(known.values()) and not any(found.is_silent(rule) for rule in asked):
            await work.alerts.notice(_over(notice))
            return True
        return False


def _finding(notice: Notice, *, silent: bool) -> _Finding:
    return _Finding(notice=notice, is_silent=lambda _: silent)


def _over(notice: Notice) -> Notice:
    return Notice(
        id=notice.id,
        trigger=notice.trigger,
        at=notice.at,
        key=notice.key,
        source=notice.source,
        site=notice.site,
        zone=notice.zone,
        over=True,
    )
