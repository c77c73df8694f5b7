"""visavis api-keys"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.compreface import ServiceOption, require_service, service_scopes
from visavis.cli.governed import KeepOption
from visavis.cli.invocation import Invocation
from visavis.cli.options import YesOption, common
from visavis.cli.questions import require_yes
from visavis.cli.stores import open_doors, run
from visavis.cli.users import LimitOption, RoleName

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.access.api_keys import CreatedKey, KeyRequest
    from visavis.domain.account import ApiKey
    from visavis.wire.accounts import ApiKeyCreatedDocument, ApiKeyEntry, ApiKeysDocument


class KindName(StrEnum):
    """`visavis.domain.account.KeyKind`, repeated here because --help must not wait for numpy."""

    NATIVE = "native"
    UUID = "uuid"
    ACCESS_KEY = "access-key"


NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="What the key is called.", show_default=False)
]
KindOption = Annotated[
    KindName,
    typer.Option(
        "--kind",
        metavar="|".join(KindName),
        help="uuid for CompreFace clients, access-key for Rekognition clients.",
    ),
]
PermissionOption = Annotated[
    list[str] | None,
    typer.Option("--permission", metavar="SCOPE", help="Such as identify or events:read; may be repeated."),
]
RoleOption = Annotated[
    RoleName | None,
    typer.Option(
        "--role",
        metavar="|".join(RoleName),
        help="All permissions of this role; integrator if none is named.",
        show_default=False,
    ),
]
DaysOption = Annotated[
    int | None, typer.Option("--days", metavar="N", min=1, max=36_500, help="Expires after so many days.")
]
RateOption = Annotated[
    int | None, typer.Option("--rate", metavar="N", help="Requests per minute, in each process.")
]
BurstOption = Annotated[
    int, typer.Option("--burst", metavar="N", help="Requests at once; 0: as many as in a minute.")
]
AllFlag = Annotated[bool, typer.Option("--all", help="Revoked and expired ones, too.")]


def api_keys(invocation: Invocation) -> None:
    """API keys: the access of applications to the server.

    Without a command: list them.

    \b
    Examples:
      visavis api-keys
      visavis api-keys create gate --permission identify --gallery staff
      visavis api-keys create old-app --kind access-key
      visavis api-keys create doors --for compreface-recognition --gallery staff
      visavis api-keys revoke gate
    """
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation, everything: AllFlag = False) -> None:
    """List the API keys, without their secrets.

    \b
    Examples:
      visavis api-keys list --all --json
    """

    async def work() -> "list[ApiKey]":
        from datetime import UTC, datetime

        found: list[ApiKey] = []
        async with open_doors(invocation) as (doors, by):
            while page := await doors.keys.page(by, after=found[-1].id if found else None, limit=1000):
                found += page
        now = datetime.now(UTC)
        return sorted(
            (one for one in found if everything or one.usable(now)),
            key=lambda one: (one.name, one.created_at),
        )

    _answer(invocation, run(work))


def create(
    invocation: Invocation,
    name: NameArgument,
    kind: KindOption = KindName.NATIVE,
    permission: PermissionOption = None,
    role: RoleOption = None,
    gallery: LimitOption = None,
    days: DaysOption = None,
    rate: RateOption = None,
    burst: BurstOption = 0,
    service: ServiceOption = None,
    keep: KeepOption = None,
) -> None:
    """Create an API key and show its secret, this once.

    With --for it is the key of a service of the CompreFace dialect; the gallery of a recognition service is made if
    there is none of this name, and keeps what --keep says.

    \b
    Examples:
      visavis api-keys create gate --permission identify --gallery staff --days 365
      visavis api-keys create boto --kind access-key --role integrator
      visavis api-keys create doors --for compreface-recognition --gallery staff --keep photo
    """

    async def work() -> "CreatedKey":
        chosen, scopes = kind, permission or []
        if service is not None:
            await require_service(invocation, service, gallery or [], keep)
            chosen, scopes = KindName.UUID, [*scopes, *service_scopes(service)]
        wanted = _wanted(name, chosen, scopes, role, gallery, days, rate, burst)
        async with open_doors(invocation) as (doors, by):
            return await doors.keys.create(by, wanted)

    from visavis.wire.accounts import ApiKeyCreatedDocument, ApiKeyEntry

    created = run(work)
    document = ApiKeyCreatedDocument(api_key=ApiKeyEntry.of(created.key), secret=created.secret)
    invocation.answer(document, lambda console: render_created(console, document))


def revoke(invocation: Invocation, name: NameArgument, yes: YesOption = False) -> None:
    """Revoke an API key for good; every process refuses it within five seconds. Asks first, unless --yes.

    \b
    Examples:
      visavis api-keys revoke gate
    """
    require_yes(f"Revoke the API key {name}? Applications that use it stop working.", yes=yes)

    async def work() -> "ApiKey":
        async with open_doors(invocation) as (doors, by):
            key = await doors.keys.by_name(by, name)
            return await doors.keys.revoke(by, key.id)

    _answer(invocation, [run(work)])


def _wanted(
    name: str,
    kind: KindName,
    permissions: list[str],
    role: RoleName | None,
    galleries: list[str] | None,
    days: int | None,
    rate: int | None,
    burst: int,
) -> "KeyRequest":
    """Raises `ValueInvalid` for a permission that there is not."""
    from datetime import UTC, datetime, timedelta

    from visavis.application.access.api_keys import KeyRequest
    from visavis.domain.access import ROLES, Permission, Role
    from visavis.domain.account import KeyKind, Rate
    from visavis.domain.errors import ValueInvalid

    try:
        scopes = frozenset(Permission(one) for one in permissions)
    except ValueError as error:
        raise ValueInvalid(f"{error}.", hint=f"There are: {', '.join(Permission)}.") from error
    if role is not None or not scopes:
        scopes |= ROLES[Role(role or RoleName.INTEGRATOR)]
    return KeyRequest(
        name=name,
        permissions=scopes,
        kind=KeyKind(kind.replace("-", "_")),
        galleries=frozenset(galleries) if galleries else None,
        expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
        rate=Rate(per_minute=rate, burst=burst) if rate is not None else None,
    )


def _answer(invocation: Invocation, keys: "list[ApiKey]") -> None:
    from visavis.wire.accounts import ApiKeyEntry, ApiKeysDocument

    document = ApiKeysDocument(api_keys=tuple(ApiKeyEntry.of(one) for one in keys))
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "ApiKeysDocument") -> None:
    """A table."""
    from visavis.cli.tables import print_line, print_table

    if not document.api_keys:
        print_line(console, "There is no API key. Create one with: visavis api-keys create NAME")
        return
    columns = ("name", "kind", "key", "galleries", ">permissions", "expires", "last used", "state")
    print_table(console, columns, [_row(one) for one in document.api_keys])


def _row(one: "ApiKeyEntry") -> list[str]:
    from datetime import UTC, datetime

    from visavis.cli.sentences import listed

    expired = one.expires_at is not None and one.expires_at <= datetime.now(UTC)
    return [
        one.name,
        one.kind_of_key,
        f"{one.label}…" if one.kind_of_key != "access_key" else one.label,
        "all" if one.galleries is None else listed(list(one.galleries)),
        str(len(one.permissions)),
        one.expires_at.astimezone().strftime("%Y-%m-%d") if one.expires_at else "never",
        one.last_used_at.astimezone().strftime("%Y-%m-%d %H:%M") if one.last_used_at else "never",
        "revoked" if one.revoked_at else "expired" if expired else "in use",
    ]


def render_created(console: "Console", document: "ApiKeyCreatedDocument") -> None:
    """What is needed to use it, to be copied."""
    from visavis.cli.tables import print_facts, print_line

    key = document.api_key
    print_line(console, (key.name, "bold"), " may: ", ", ".join(key.permissions))
    if key.kind_of_key == "access_key":
        print_facts(console, [("access key id", key.label), ("secret access key", document.secret)])
    else:
        print_facts(console, [("API key", document.secret)])
    print_line(console, ("It is not shown again.", "dim"))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(api_keys))
    group.command("list")(common(listing))
    group.command("create")(common(create))
    group.command("revoke")(common(revoke))
    app.add_typer(group, name="api-keys", rich_help_panel=panel)
