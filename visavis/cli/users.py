"""visavis users"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import YesOption, common
from visavis.cli.questions import require_yes
from visavis.cli.stores import open_doors, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.access.links import IssuedLink
    from visavis.domain.account import User
    from visavis.wire.accounts import SignInLinkDocument, UserEntry, UsersDocument

_PAGE = 1000


class RoleName(StrEnum):
    """`visavis.domain.access.Role`, repeated here because --help must not wait for numpy."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    INTEGRATOR = "integrator"


LoginArgument = Annotated[
    str, typer.Argument(metavar="LOGIN", help="An e-mail address or a name.", show_default=False)
]
OwnerArgument = Annotated[str, typer.Argument(metavar="[LOGIN]", help="The user.")]
RoleArgument = Annotated[
    RoleName, typer.Argument(metavar="|".join(RoleName), help="What it may do.", show_default=False)
]
RoleOption = Annotated[RoleName, typer.Option("--role", metavar="|".join(RoleName), help="What it may do.")]
LimitOption = Annotated[
    list[str] | None,
    typer.Option("--gallery", "-g", metavar="NAME", help="Only in this gallery; may be repeated."),
]
KeepKeysFlag = Annotated[
    bool, typer.Option("--keep-keys", help="API keys that the user made stay; otherwise they are revoked.")
]
AfterOption = Annotated[str, typer.Option("--after", metavar="LOGIN", help="Begin after this login.")]


def users(invocation: Invocation) -> None:
    """Users: people who sign in to the server, each with a role.

    Without a command: list them.

    \b
    Examples:
      visavis users
      visavis users add ada@example.org --role operator
      visavis users role ada@example.org auditor
      visavis users sign-in owner
    """
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation, after: AfterOption = "") -> None:
    """List the users, by login.

    \b
    Examples:
      visavis users list --json
    """

    async def work() -> "UsersDocument":
        from visavis.wire.accounts import UserEntry, UsersDocument

        async with open_doors(invocation) as (doors, by):
            found = await doors.users.page(by, after=after, limit=_PAGE + 1)
        return UsersDocument(
            users=tuple(UserEntry.of(one) for one in found[:_PAGE]),
            next_after=found[_PAGE - 1].login if len(found) > _PAGE else None,
        )

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def add(
    invocation: Invocation,
    login: LoginArgument,
    role: RoleOption = RoleName.OPERATOR,
    gallery: LimitOption = None,
) -> None:
    """Add a user, and show the one-time link with which she sets her password. It works for 24 hours.

    \b
    Examples:
      visavis users add ada@example.org --role administrator
      visavis users add gate-guard --role operator --gallery staff
    """

    async def work() -> "IssuedLink":
        from visavis.domain.access import Role

        limits = frozenset(gallery) if gallery else None
        async with open_doors(invocation) as (doors, by):
            return await doors.users.add(by, login, Role(role), galleries=limits)

    _answer_link(invocation, run(work))


def sign_in(invocation: Invocation, login: OwnerArgument = "owner") -> None:
    """Show a new one-time link for a user who has none yet or has forgotten her password.

    Whoever opens it sets a new password, and the user's other sessions end. Links from before are void. On a
    new installation this makes the owner.

    \b
    Examples:
      visavis users sign-in
      visavis users sign-in ada@example.org
    """

    async def work() -> "IssuedLink":
        from visavis.domain.account import normal_login

        async with open_doors(invocation) as (doors, by):
            if normal_login(login) == "owner":
                made = await doors.first_start()
                if made is not None:
                    return made
            user = await doors.users.by_login(by, login)
            return await doors.users.sign_in_link(by, user.id)

    _answer_link(invocation, run(work))


def role(invocation: Invocation, login: LoginArgument, role: RoleArgument) -> None:
    """Give a user another role. Counts within seconds, also for sessions that are open.

    API keys that the user made lose what the user loses.

    \b
    Examples:
      visavis users role ada@example.org auditor
    """

    async def work() -> "User":
        from visavis.application.access.users import UserChange
        from visavis.domain.access import Role

        async with open_doors(invocation) as (doors, by):
            user = await doors.users.by_login(by, login)
            return await doors.users.change(by, user.id, UserChange(role=Role(role)))

    from visavis.wire.accounts import UserEntry, UsersDocument

    document = UsersDocument(users=(UserEntry.of(run(work)),))
    invocation.answer(document, lambda console: render(console, document))


def remove(
    invocation: Invocation, login: LoginArgument, keep_keys: KeepKeysFlag = False, yes: YesOption = False
) -> None:
    """Remove a user: sessions end, and API keys the user made are revoked. Asks first, unless --yes.

    \b
    Examples:
      visavis users remove ada@example.org
    """
    from visavis.wire.accounts import UserRemovedDocument

    require_yes(f"Remove the user {login}?", yes=yes)

    async def work() -> int:
        async with open_doors(invocation) as (doors, by):
            user = await doors.users.by_login(by, login)
            return await doors.users.remove(by, user.id, keep_keys=keep_keys)

    document = UserRemovedDocument(login=login, api_keys_revoked=run(work))

    def removed(console: "Console") -> None:
        from visavis.cli.sentences import counted
        from visavis.cli.tables import print_line

        revoked = counted(document.api_keys_revoked, "API key")
        print_line(console, (login, "bold"), f" removed; {revoked} revoked")

    invocation.answer(document, removed)


def render(console: "Console", document: "UsersDocument") -> None:
    """A table."""
    from visavis.cli.tables import print_line, print_table

    if not document.users:
        print_line(console, "There is no user yet. Make the owner with: visavis users sign-in")
        return
    print_table(
        console,
        ("login", "role", "galleries", "signs in with", "since"),
        [_row(one) for one in document.users],
    )
    if document.next_after:
        print_line(console, (f'More: visavis users list --after "{document.next_after}"', "dim"))


def _row(one: "UserEntry") -> list[str]:
    from visavis.cli.sentences import listed

    ways = [way for way, has in (("password", one.password), (one.identity or "", one.identity)) if has]
    return [
        one.login,
        one.role,
        "all" if one.galleries is None else listed(list(one.galleries)),
        "disabled" if one.disabled else listed(ways) if ways else "nothing yet",
        one.created_at.astimezone().strftime("%Y-%m-%d"),
    ]


def _answer_link(invocation: Invocation, issued: "IssuedLink") -> None:
    from visavis.bootstrap.up import front_url
    from visavis.wire.accounts import SignInLinkDocument, UserEntry, link_url

    document = SignInLinkDocument(
        user=UserEntry.of(issued.user),
        token=issued.token,
        url=link_url(front_url(invocation.settings()), issued.token),
        expires_at=issued.expires_at,
    )
    invocation.answer(document, lambda console: render_link(console, document))


def render_link(console: "Console", document: "SignInLinkDocument") -> None:
    """The link on a line of its own, to be copied."""
    from visavis.cli.tables import print_line

    until = document.expires_at.astimezone().strftime("%Y-%m-%d %H:%M")
    print_line(
        console, (document.user.login, "bold"), f" ({document.user.role}) sets a password with this link:"
    )
    print_line(console, f"  {document.url}")
    print_line(console, (f"It works once, until {until}, and is not shown again.", "dim"))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(users))
    group.command("list")(common(listing))
    group.command("add")(common(add))
    group.command("role")(common(role))
    group.command("remove")(common(remove))
    group.command("sign-in")(common(sign_in))
    app.add_typer(group, name="users", rich_help_panel=panel)
