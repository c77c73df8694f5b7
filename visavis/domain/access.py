"""Who may do what: permissions, the roles that bundle them, and the principal of a request."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from visavis.domain.errors import NotPermitted, ValueInvalid
from visavis.domain.subject import DEFAULT_TENANT, TenantId


class Permission(StrEnum):
    """One thing that can be allowed. These are the scopes of API keys, too."""

    DETECT = "detect"
    VERIFY = "verify"
    IDENTIFY = "identify"
    ENROL = "enrol"
    TEMPLATES = "templates"  #: get templates out, and ask with templates instead of pictures
    SUBJECTS_READ = "subjects:read"
    SUBJECTS_WRITE = "subjects:write"
    SUBJECTS_ERASE = "subjects:erase"
    SUBJECTS_EXPORT = "subjects:export"
    GALLERIES_READ = "galleries:read"
    GALLERIES_WRITE = "galleries:write"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    EVENTS_READ = "events:read"
    EVENTS_EXPORT = "events:export"
    EVENTS_REVIEW = "events:review"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    RETENTION_MANAGE = "retention:manage"
    AUDIT_READ = "audit:read"
    KEYS_MANAGE = "keys:manage"
    KEYS_OWN = "keys:own"  #: API keys that one has made oneself
    USERS_READ = "users:read"
    USERS_MANAGE = "users:manage"
    MODELS_READ = "models:read"
    MODELS_MANAGE = "models:manage"
    METRICS_READ = "metrics:read"
    INFERENCE = "inference"  #: the models themselves, for other servers of the installation
    TENANTS_MANAGE = "tenants:manage"
    CAMERAS_READ = "cameras:read"  #: cameras, agents and how they are
    CAMERAS_MANAGE = "cameras:manage"
    TRACKS_REPORT = "tracks:report"  #: what cameras saw; what agents are for
    ALERTS_READ = "alerts:read"
    ALERTS_ACKNOWLEDGE = "alerts:acknowledge"
    ALERTS_MANAGE = "alerts:manage"  #: rules and channels
    PASSAGES_READ = "passages:read"  #: who came and went, attendance, access decisions
    PASSAGES_MANAGE = "passages:manage"  #: doors, schedules
    RECORDINGS_SEARCH = "recordings:search"
    RECORDINGS_MANAGE = "recordings:manage"


class Role(StrEnum):
    """What an account is for."""

    OWNER = "owner"  #: everything, including tenants
    ADMINISTRATOR = "administrator"  #: runs one tenant: accounts, keys, galleries, policies
    OPERATOR = "operator"  #: enrols, identifies, looks at the log
    REVIEWER = "reviewer"  #: decides what the machine left open
    AUDITOR = "auditor"  #: reads everything that proves what was done, changes nothing
    INTEGRATOR = "integrator"  #: connects applications: jobs, webhooks, own keys


_P = Permission
_READ: Final = frozenset({_P.GALLERIES_READ, _P.SUBJECTS_READ, _P.MODELS_READ})
_RECOGNISE: Final = frozenset({_P.DETECT, _P.VERIFY, _P.IDENTIFY})

ROLES: Final = MappingProxyType(
    {
        Role.OWNER: frozenset(Permission),
        Role.ADMINISTRATOR: frozenset(Permission) - {_P.TENANTS_MANAGE},
        Role.OPERATOR: _READ
        | _RECOGNISE
        | {
            _P.ENROL,
            _P.SUBJECTS_WRITE,
            _P.SUBJECTS_ERASE,
            _P.CONSENTS_READ,
            _P.CONSENTS_WRITE,
            _P.EVENTS_READ,
            _P.EVENTS_REVIEW,
            _P.JOBS_READ,
            _P.JOBS_WRITE,
            _P.CAMERAS_READ,
            _P.ALERTS_READ,
            _P.ALERTS_ACKNOWLEDGE,
            _P.PASSAGES_READ,
        },
        Role.REVIEWER: _READ
        | _RECOGNISE
        | {
            _P.EVENTS_READ,
            _P.EVENTS_REVIEW,
            _P.CONSENTS_READ,
            _P.CAMERAS_READ,
            _P.ALERTS_READ,
            _P.ALERTS_ACKNOWLEDGE,
        },
        Role.AUDITOR: _READ
        | {
            _P.AUDIT_READ,
            _P.CONSENTS_READ,
            _P.EVENTS_READ,
            _P.EVENTS_EXPORT,
            _P.JOBS_READ,
            _P.METRICS_READ,
            _P.SUBJECTS_EXPORT,
            _P.USERS_READ,
            _P.CAMERAS_READ,
            _P.ALERTS_READ,
            _P.PASSAGES_READ,
        },
        Role.INTEGRATOR: _READ
        | _RECOGNISE
        | {
            _P.ENROL,
            _P.SUBJECTS_WRITE,
            _P.CONSENTS_READ,
            _P.CONSENTS_WRITE,
            _P.EVENTS_READ,
            _P.JOBS_READ,
            _P.JOBS_WRITE,
            _P.TEMPLATES,
            _P.KEYS_OWN,
            _P.WEBHOOKS_MANAGE,
            _P.METRICS_READ,
            _P.CAMERAS_READ,
            _P.TRACKS_REPORT,
        },
    }
)
"""What each role may do."""


class ActorKind(StrEnum):
    USER = "user"  #: an account holder, signed in
    KEY = "key"  #: an application with an API key
    LOCAL = "local"  #: somebody at the command line of the machine itself
    SYSTEM = "system"  #: the platform: retention, classification of the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, as the audit log names it: a kind and an identifier, never a name."""

    kind: ActorKind
    id: str

    def __post_init__(self) -> None:
        if not self.id or len(self.id) > 100 or not self.id.isprintable():
            raise ValueInvalid("An actor has an identifier of 1 to 100 printable characters.")

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """The actor whose text form this is."""
        kind, _, name = text.partition(":")
        try:
            return cls(kind=ActorKind(kind), id=name)
        except ValueError as error:
            raise ValueInvalid("This is not an actor.") from error


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM, id="worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The authenticated caller: whose data, what it may do, and in which galleries.

    `galleries` are the names of the galleries it is limited to; `None` for all.
    """

    tenant: TenantId
    actor: Actor
    permissions: frozenset[Permission]
    galleries: frozenset[str] | None = None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises `NotPermitted`, naming the permission that is missing."""
        if permission not in self.permissions:
            raise NotPermitted(
                f"This needs the permission {permission}.",
                hint="Use an account or API key that has it, or ask an administrator for it.",
                reasons=(permission.value,),
            )

    def reaches(self, gallery: str | None) -> bool:
        """Whether it may know of what belongs to a gallery of this name; what belongs to none is for those without
        limits."""
        return self.galleries is None or gallery in self.galleries

    def require_gallery(self, name: str) -> None:
        """Raises `NotPermitted` for a gallery outside the limits of this caller, whether it exists or not."""
        if not self.reaches(name):
            raise NotPermitted("This caller is limited to other galleries.")

    def require_everywhere(self) -> None:
        """Raises `NotPermitted` for a caller that is limited to some galleries: the request concerns all."""
        if self.galleries is not None:
            raise NotPermitted("This caller is limited to some galleries, and this concerns all of them.")


def local_principal(user: str, tenant: TenantId = DEFAULT_TENANT) -> Principal:
    """The person at the command line, who can read the database and the keys anyway."""
    return Principal(
        tenant=tenant, actor=Actor(kind=ActorKind.LOCAL, id=user), permissions=frozenset(Permission)
    )


RequestId = uuid.UUID
"""Joins what one request left in the audit log, the detection log and the process's own log."""
