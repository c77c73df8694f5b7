"""What roles and permissions mean for people."""

from typing import Final

from visavis.domain.access import ROLES, Permission, Role
from visavis.wire.v1.accounts import Me

_P = Permission
ROLE_WORDS: Final[dict[Role, tuple[str, str]]] = {
    Role.OWNER: ("Owner", "May do everything, and makes other owners. Keep at least two."),
    Role.ADMINISTRATOR: ("Administrator", "Sets up galleries, cameras, users and keys."),
    Role.OPERATOR: ("Operator", "Enrols people, watches, answers alerts. Sees no settings and no audit log."),
    Role.REVIEWER: ("Reviewer", "Decides what the machine left open."),
    Role.AUDITOR: ("Auditor", "Reads everything that proves what was done, and changes nothing."),
    Role.INTEGRATOR: ("Integrator", "Connects applications: keys of their own, webhooks, jobs."),
}
METHODS: Final = {"nothing yet": "was invited", "password": "a password", "provider": "the identity provider"}
GROUPS: Final[tuple[tuple[str, tuple[tuple[Permission, str], ...]], ...]] = (
    (
        "Recognising",
        (
            (_P.DETECT, "find faces in pictures"),
            (_P.VERIFY, "compare one to one"),
            (_P.IDENTIFY, "search galleries"),
            (_P.TEMPLATES, "get templates out, and ask with them"),
            (_P.TRACKS_REPORT, "report what cameras see"),
            (_P.RECORDINGS_SEARCH, "search recordings"),
        ),
    ),
    (
        "People",
        (
            (_P.SUBJECTS_READ, "see people"),
            (_P.ENROL, "enrol"),
            (_P.SUBJECTS_WRITE, "rename, merge, add"),
            (_P.SUBJECTS_ERASE, "erase"),
            (_P.SUBJECTS_EXPORT, "export what is kept of a person"),
            (_P.CONSENTS_READ, "see consents and receipts"),
            (_P.CONSENTS_WRITE, "record and revoke consents"),
        ),
    ),
    (
        "Log and doors",
        (
            (_P.EVENTS_READ, "read the log"),
            (_P.EVENTS_EXPORT, "export the log"),
            (_P.EVENTS_REVIEW, "review and correct decisions"),
            (_P.ALERTS_READ, "see alerts"),
            (_P.ALERTS_ACKNOWLEDGE, "answer alerts"),
            (_P.ALERTS_MANAGE, "set up alerts"),
            (_P.PASSAGES_READ, "see attendance and doors"),
            (_P.PASSAGES_MANAGE, "set up doors and attendance"),
        ),
    ),
    (
        "Setting up",
        (
            (_P.GALLERIES_READ, "see galleries"),
            (_P.GALLERIES_WRITE, "set up galleries"),
            (_P.CAMERAS_READ, "see cameras"),
            (_P.CAMERAS_MANAGE, "set up cameras and agents"),
            (_P.RECORDINGS_MANAGE, "index recordings"),
            (_P.JOBS_READ, "see jobs"),
            (_P.JOBS_WRITE, "start jobs"),
            (_P.WEBHOOKS_MANAGE, "set up webhooks"),
            (_P.MODELS_READ, "see models"),
            (_P.MODELS_MANAGE, "promote models, keep reports"),
            (_P.METRICS_READ, "read metrics and reports"),
            (_P.INFERENCE, "run models for other servers"),
        ),
    ),
    (
        "Governing",
        (
            (_P.AUDIT_READ, "read the audit log"),
            (_P.RETENTION_MANAGE, "apply retention"),
            (_P.USERS_READ, "see users"),
            (_P.USERS_MANAGE, "invite and change users"),
            (_P.KEYS_OWN, "make keys of its own"),
            (_P.KEYS_MANAGE, "manage all keys"),
            (_P.TENANTS_MANAGE, "manage tenants"),
        ),
    ),
)
PRESETS: Final[dict[str, tuple[str, frozenset[Permission]]]] = {
    "recognise": (
        "recognises people at a door or in an application",
        frozenset({_P.DETECT, _P.VERIFY, _P.IDENTIFY}),
    ),
    "enrol": (
        "enrols and keeps people up to date",
        frozenset(
            {
                _P.ENROL,
                _P.SUBJECTS_READ,
                _P.SUBJECTS_WRITE,
                _P.CONSENTS_READ,
                _P.CONSENTS_WRITE,
                _P.GALLERIES_READ,
            }
        ),
    ),
    "cameras": (
        "reports what cameras see",
        frozenset({_P.TRACKS_REPORT, _P.CAMERAS_READ, _P.GALLERIES_READ, _P.IDENTIFY}),
    ),
    "read": ("reads the log", frozenset({_P.EVENTS_READ, _P.GALLERIES_READ, _P.SUBJECTS_READ})),
    "measure": ("watches the server (metrics)", frozenset({_P.METRICS_READ})),
}
"""What a key is for, in words, and what it needs for that."""


def grantable(me: Me) -> list[tuple[str, list[tuple[Permission, str]]]]:
    """What this caller can give away: nobody gives more than it has."""
    mine = set(me.permissions)
    known = {one for _, group in GROUPS for one, _ in group}
    groups = [(name, [(one, text) for one, text in group if one in mine]) for name, group in GROUPS]
    groups.append(("Else", [(one, one.value) for one in Permission if one in mine - known]))
    return [(name, group) for name, group in groups if group]


def grantable_roles(me: Me) -> list[Role]:
    """Roles that can do no more than this caller."""
    return [one for one in ROLE_WORDS if ROLES[one] <= set(me.permissions)]
