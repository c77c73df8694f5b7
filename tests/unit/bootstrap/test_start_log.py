"""Why an installation does not start: told at once and in its own words, not after two minutes by a path."""

from pathlib import Path

from visavis.bootstrap.start_log import StartLog
from visavis.domain.errors import SettingsInvalid, Unavailable

OLD = "error: Something of yesterday.\nhint: Long mended.\nworker ended with 9; again\nworker ended with 9; again\n"
ENDS = (
    'error: Step 6 differs.\nhint: Take another.\n{"message": "worker ended with 9; it is started again"}\n'
)


def log(folder: Path) -> tuple[Path, StartLog]:
    path = folder / "visavis.log"
    path.write_text(OLD)
    return path, StartLog.from_here(path)


def test_a_configuration_that_ends_processes_again_and_again_is_told(tmp_path: Path) -> None:
    path, said = log(tmp_path)
    assert said.hopeless() is None
    path.write_text(OLD + ENDS)
    assert said.hopeless() is None, "once may be a moment in which another process changes the tables"
    path.write_text(OLD + ENDS + ENDS)
    error = said.hopeless()
    assert isinstance(error, SettingsInvalid)
    assert (str(error), error.advice) == ("Step 6 differs.", "Take another.")


def test_other_ends_are_waited_for(tmp_path: Path) -> None:
    path, said = log(tmp_path)
    path.write_text(OLD + 3 * ENDS.replace("with 9", "with 8"))
    assert said.hopeless() is None


def test_what_was_said_last_is_why_it_ended(tmp_path: Path) -> None:
    path, said = log(tmp_path)
    error = said.ended()
    assert isinstance(error, Unavailable)
    assert str(path) in error.advice
    path.write_text(OLD + "error: The disk is full.\n")
    assert (str(said.ended()), said.ended().advice) == ("The disk is full.", f"See its log: {path}")
