"""Options that several commands share, and the three that every command has."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from visavis.cli.invocation import Invocation

P = ParamSpec("P")


class Rule(StrEnum):
    """`visavis.domain.decision.Measure`, repeated here because --help must not wait for numpy."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"


class PurposeName(StrEnum):
    """`visavis.domain.gallery.Purpose`, repeated for the same reason."""

    GENERAL = "general"
    ACCESS = "access"
    ATTENDANCE = "attendance"
    WATCHLIST = "watchlist"
    VISITORS = "visitors"


Photos = Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Image files.", show_default=False)]
PackOption = Annotated[
    str | None, typer.Option("--pack", metavar="PACK", help="Model pack; the configured one by default.")
]
GalleryOption = Annotated[str, typer.Option("--gallery", "-g", metavar="NAME", help="The gallery.")]
LargestOption = Annotated[
    bool, typer.Option("--largest", help="Take the largest face where a photo shows several.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Take photos even if they look like another subject.")
]
CreateOption = Annotated[
    bool, typer.Option("--create", help="Create the gallery if there is none of this name.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
FmrOption = Annotated[
    float | None,
    typer.Option(
        "--fmr", metavar="RATE", help="False-match rate of comparisons, such as 1e-4 (1 in 10,000)."
    ),
]
FpirOption = Annotated[
    float | None,
    typer.Option(
        "--fpir", metavar="RATE", help="False-positive rate of searches: strangers taken for somebody."
    ),
]
RuleOption = Annotated[
    Rule | None,
    typer.Option("--rule", metavar="cosine|euclidean", help="How templates are compared; cosine by default."),
]

_PANEL = "Common options"
JsonFlag = Annotated[
    bool, typer.Option("--json", help="Write the result as JSON to standard output.", rich_help_panel=_PANEL)
]
DataDirFlag = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where the embedded database and the key file are kept.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
DebugFlag = Annotated[
    bool, typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel=_PANEL)
]


def common(function: Callable[Concatenate[Invocation, P], None]) -> Callable[..., None]:
    """A command with --json, --data-dir and --debug; it gets the invocation as its first argument."""

    @wraps(function)
    def command(
        ctx: typer.Context,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        invocation = invocation_of(ctx)
        invocation.subcommand = ctx.invoked_subcommand
        invocation.as_json |= bool(kwargs.pop("as_json"))
        invocation.debug |= bool(kwargs.pop("debug"))
        data_dir = kwargs.pop("data_dir")
        if isinstance(data_dir, Path):
            invocation.data_dir = data_dir
        function(invocation, *args, **kwargs)

    own = list(inspect.signature(function).parameters.values())[1:]
    extra = [
        _parameter("as_json", JsonFlag, default=False),
        _parameter("data_dir", DataDirFlag, default=None),
        _parameter("debug", DebugFlag, default=False),
    ]
    context = _parameter("ctx", typer.Context, default=inspect.Parameter.empty)
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (context, *own, *extra)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def invocation_of(ctx: typer.Context) -> Invocation:
    """The invocation that `main` made."""
    found = ctx.obj
    if not isinstance(found, Invocation):
        raise TypeError("The command line was not started by visavis.cli.main.")
    return found


def _parameter(name: str, annotation: object, *, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
