"""All operations of a server, in groups; recognition itself stands at the top."""

from typing import TypeVar

from visavis.client.failures import failure_of
from visavis.client.flows import Flow, Reply, Send, exchanged
from visavis.client.requests import get
from visavis.client.resource import Runner, operation, parsed
from visavis.client.resources.accounts import ApiKeys, Sessions, Tenants, Users
from visavis.client.resources.agents import Agents, Outposts
from visavis.client.resources.alerts import AlertRules, Alerts, Channels
from visavis.client.resources.attendance import Attendance
from visavis.client.resources.cameras import Cameras
from visavis.client.resources.corrections import Corrections
from visavis.client.resources.doors import Doors, Schedules
from visavis.client.resources.events import Events
from visavis.client.resources.galleries import Galleries, Models
from visavis.client.resources.governance import Audit, Consents, Receipts, Retention
from visavis.client.resources.jobs import Jobs
from visavis.client.resources.monitors import Monitors
from visavis.client.resources.recognition import Recognition
from visavis.client.resources.recordings import Recordings
from visavis.client.resources.reports import Encryption, Reports
from visavis.client.resources.reviews import Reviews
from visavis.client.resources.subjects import References, Subjects
from visavis.client.resources.tracks import Tracks
from visavis.client.resources.trials import Trials
from visavis.client.resources.visitors import Visitors
from visavis.client.resources.webhooks import Webhooks
from visavis.wire.v1.accounts import Me
from visavis.wire.v1.health import Health, Readiness

M = TypeVar("M")


class Surface(Recognition[M]):
    """What `Client` and `AsyncClient` have in common: everything but how an answer arrives."""

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.galleries: Galleries[M] = Galleries(runner)
        self.subjects: Subjects[M] = Subjects(runner)
        self.references: References[M] = References(runner)
        self.events: Events[M] = Events(runner)
        self.alerts: Alerts[M] = Alerts(runner)
        self.alert_rules: AlertRules[M] = AlertRules(runner)
        self.channels: Channels[M] = Channels(runner)
        self.reviews: Reviews[M] = Reviews(runner)
        self.corrections: Corrections[M] = Corrections(runner)
        self.jobs: Jobs[M] = Jobs(runner)
        self.webhooks: Webhooks[M] = Webhooks(runner)
        self.consents: Consents[M] = Consents(runner)
        self.receipts: Receipts[M] = Receipts(runner)
        self.retention: Retention[M] = Retention(runner)
        self.audit: Audit[M] = Audit(runner)
        self.monitors: Monitors[M] = Monitors(runner)
        self.schedules: Schedules[M] = Schedules(runner)
        self.doors: Doors[M] = Doors(runner)
        self.attendance: Attendance[M] = Attendance(runner)
        self.visitors: Visitors[M] = Visitors(runner)
        self.agents: Agents[M] = Agents(runner)
        self.outposts: Outposts[M] = Outposts(runner)
        self.cameras: Cameras[M] = Cameras(runner)
        self.tracks: Tracks[M] = Tracks(runner)
        self.recordings: Recordings[M] = Recordings(runner)
        self.models: Models[M] = Models(runner)
        self.trials: Trials[M] = Trials(runner)
        self.reports: Reports[M] = Reports(runner)
        self.encryption: Encryption[M] = Encryption(runner)
        self.users: Users[M] = Users(runner)
        self.sessions: Sessions[M] = Sessions(runner)
        self.api_keys: ApiKeys[M] = ApiKeys(runner)
        self.tenants: Tenants[M] = Tenants(runner)

    @operation
    def me(self) -> Flow[Me]:
        """Whose key this is, and what it may do."""
        return self._ask(get("v1", "me"), Me)

    @operation
    def health(self) -> Flow[Health]:
        """Whether the process is alive, and its version. Needs no key."""
        return self._ask(get("v1", "health"), Health)

    @operation
    def metrics(self) -> Flow[str]:
        """Figures of the process that answers, in the Prometheus text format."""
        reply = yield from exchanged(self._connection, get("v1", "metrics"))
        return reply.content.decode()

    @operation
    def ready(self) -> Flow[Readiness]:
        """Whether it can serve, and what is missing. Asked once: not being ready is an answer. Needs no key."""
        reply = yield Send(get("v1", "ready"))
        if not isinstance(reply, Reply):
            raise TypeError("A request is answered by a reply.")
        if reply.status not in (200, 503):
            raise failure_of(reply.status, reply.headers, reply.content)
        return parsed(Readiness, reply)
