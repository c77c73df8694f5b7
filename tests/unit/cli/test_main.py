"""The outermost handling: exit codes, where words go, options of every command."""

import json
from collections.abc import Callable
from typing import Annotated

import pytest
import typer
import typer.main

from visavis.cli.invocation import Invocation
from visavis.cli.main import EXIT_BUG, EXIT_INTERRUPTED, build, run
from visavis.cli.options import PurposeName, Rule, common
from visavis.domain.decision import Measure
from visavis.domain.errors import NoFace, StoreDown, SubjectNotFound
from visavis.domain.gallery import Purpose
from visavis.wire import errors as wire


def application(work: Callable[[Invocation], None]) -> typer.Typer:
    app = typer.Typer(callback=common(lambda invocation: None), pretty_exceptions_enable=False)

    def command(invocation: Invocation, word: Annotated[str, typer.Argument()] = "") -> None:
        """A command."""
        work(invocation)

    app.command("work")(common(command))
    return app


def raising(error: BaseException) -> typer.Typer:
    def work(invocation: Invocation) -> None:
        raise error

    return application(work)


@pytest.mark.parametrize(("error", "code"), [(NoFace(), 2), (SubjectNotFound(), 5), (StoreDown(), 8)])
def test_an_error_ends_with_its_code_and_one_red_line(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["work"], raising(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {error}\nhint: ")
    assert "Traceback" not in err


def test_with_json_the_error_is_a_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["work", "--json"], raising(NoFace("None here."))) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == "visavis.error/1"
    assert json.loads(out)["message"] == "None here."
    assert "None here." in err


def test_a_streaming_command_tells_its_error_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work(invocation: Invocation) -> None:
        invocation.streaming = True
        raise NoFace

    run(["work", "--json"], application(work))
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_fault_of_the_program_is_told_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["work", "--json"], raising(RuntimeError("secret"))) == EXIT_BUG
    out, err = capsys.readouterr()
    assert "secret" not in out + err
    assert "RuntimeError" in err
    assert "--debug" in err
    assert json.loads(out)["code"] == "visavis_error"


@pytest.mark.parametrize("error", [RuntimeError("deep inside"), NoFace("deep inside")])
def test_debug_shows_the_traceback(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    run(["work", "--debug"], raising(error))
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "deep inside" in err


def test_ctrl_c_ends_with_130() -> None:
    assert run(["work"], raising(KeyboardInterrupt())) == EXIT_INTERRUPTED


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_of_a_command_is_the_code_of_the_program(code: int) -> None:
    assert run(["work"], raising(typer.Exit(code))) == code


def test_markup_in_messages_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    run(["work"], raising(NoFace("[red]a[/red].jpg", hint="[/]")))
    err = capsys.readouterr().err
    assert "[red]a[/red].jpg" in err
    assert "hint: [/]" in err


@pytest.mark.parametrize("arguments", [["--json", "work"], ["work", "--json"], ["--json", "work", "--json"]])
def test_common_options_stand_before_or_after_the_command(arguments: list[str]) -> None:
    seen: list[bool] = []
    run(arguments, application(lambda invocation: seen.append(invocation.as_json)))
    assert seen == [True]


def test_the_data_directory_of_the_command_wins() -> None:
    seen: list[str] = []
    run(
        ["--data-dir", "a", "work", "--data-dir", "b"],
        application(lambda one: seen.append(str(one.data_dir))),
    )
    run(["--data-dir", "a", "work"], application(lambda one: seen.append(str(one.data_dir))))
    assert seen == ["b", "a"]


def test_a_flag_is_the_strongest_setting(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_DATA_DIR", "/from/environment")
    seen: list[str] = []

    def work(invocation: Invocation) -> None:
        seen.append(str(invocation.settings().data_dir))

    run(["work", "--data-dir", f"{tmp_path}"], application(work))
    run(["work"], application(work))
    assert seen == [f"{tmp_path}", "/from/environment"]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("visavis ")


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "enrol-folder" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nonsense"], ["detect"], ["identify", "x.jpg", "--limit", "0"]])
def test_a_wrong_call_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "a.jpg"],
        ["verify", "a.jpg", "b.jpg", "c.jpg"],
        ["verify", "a.jpg", "b.jpg", "--gallery", "g"],
        ["verify", "a.jpg", "--subject", "ada", "--fmr", "1e-3"],
        ["verify", "a.jpg", "b.jpg", "--fmr", "7"],
        ["identify", "a.jpg", "b.jpg", "--draw", "out.jpg"],
        ["identify", "a.jpg", "--together", "--draw", "out.jpg"],
        ["identify", "a.jpg", "--largest"],
        ["erase", "ada"],
        ["galleries", "remove", "staff"],
        ["enrol", "ada", "missing.jpg"],
        ["enrol-folder", "missing"],
    ],
)
def test_impossible_wishes_are_refused_before_anything_is_started(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAVIS_DATA_DIR", "/dev/null/nowhere")
    assert run([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["code"] in {"value_invalid", "file_unreadable"}


def every_command() -> list[tuple[str, object]]:
    def walk(command: object, path: str) -> list[tuple[str, object]]:
        children = getattr(command, "commands", {})
        return [
            (path, command),
            *(one for n, c in children.items() for one in walk(c, f"{path} {n}".strip())),
        ]

    return walk(typer.main.get_command(build()), "")


@pytest.mark.parametrize(("path", "command"), every_command(), ids=lambda one: str(one))
def test_every_command_has_help_with_examples_and_json(path: str, command: object) -> None:
    text = str(getattr(command, "help", ""))
    names = {param.name for param in getattr(command, "params", [])}
    if path == "keys":  # only a heading
        return
    assert "Examples:\n" in text
    assert f"visavis {path}".strip() in text
    assert {"as_json", "data_dir", "debug"} <= names
    assert all(getattr(param, "help", "") for param in getattr(command, "params", []))


def test_names_repeated_for_a_fast_start_are_those_of_the_domain() -> None:
    assert [rule.value for rule in Rule] == [measure.value for measure in Measure]
    assert [name.value for name in PurposeName] == [purpose.value for purpose in Purpose]
    assert (EXIT_BUG, EXIT_INTERRUPTED) == (wire.EXIT_BUG, wire.EXIT_INTERRUPTED)
