"""visavis cameras"""

import typer

from visavis.cli import cameras_server, cameras_try
from visavis.cli.invocation import Invocation
from visavis.cli.options import common


def cameras(invocation: Invocation) -> None:
    """Cameras: those that the server knows, and where they hang; and how one behaves (try).

    The name of a camera is the source of its events. What happened before a camera was moved keeps its old place.

    \b
    Examples:
      visavis cameras try rtsp://192.0.2.7/stream1
      visavis cameras add door-1 --site "Head office" --zone Reception --direction entry
      visavis cameras list
      visavis cameras move door-1 --zone "Back door"
    """


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(cameras), no_args_is_help=True)
    cameras_try.add_to(group)
    cameras_server.add_to(group)
    app.add_typer(group, name="cameras", rich_help_panel=panel)
