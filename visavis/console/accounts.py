"""Who did something, in words: accounts are known by login to those who may read accounts."""

from dataclasses import dataclass

from visavis.console.paging import first_of
from visavis.console.platform import Visit
from visavis.domain.access import ActorKind, Permission
from visavis.wire.v1.accounts import UserNote

_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Turns the actor of an entry, as `user:6f1c…`, into words."""

    me: str
    logins: dict[str, str]

    @classmethod
    async def of(cls, visit: Visit) -> "Accounts":
        users: list[UserNote] = []
        if visit.may(Permission.USERS_READ):
            users, _ = await first_of(visit.client.users.list(), _MOST)
        return cls(me=visit.me.id, logins={one.id: one.login for one in users})

    def said(self, actor: str) -> str:
        kind, _, name = actor.partition(":")
        if kind == ActorKind.USER and name == self.me:
            return "you"
        words = {
            ActorKind.USER: self.logins.get(name, "another account"),
            ActorKind.KEY: "an application",
            ActorKind.LOCAL: "somebody at the command line",
            ActorKind.SYSTEM: "the platform itself",
        }
        return words[ActorKind(kind)] if kind in list(ActorKind) else actor
