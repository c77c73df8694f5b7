"""The scripts in the documentation that verify receipts and audit logs, run as their readers would."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.application.conftest import Bench, made
from tests.unit.application.fakes import picture

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def script(page: str, folder: Path) -> Path:
    """The one Python block of a page, as a file; thirty lines at most, as it is short enough to be read."""
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", (HOWTO / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(code.splitlines()) <= 30
    file = folder / "verifier.py"
    file.write_text(code, "utf-8")
    return file


def ran(*arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-I", "-W", "ignore", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def bench() -> Bench:
    loop = asyncio.new_event_loop()
    bench = loop.run_until_complete(made(loop.run_until_complete))
    for name in ("Ada", "Grace"):
        bench.run(bench.enrol(bench.gallery, name, [("x", picture(name, seed=1))]))
        found = bench.run(bench.identify(bench.gallery, picture(name, seed=2)))
        bench.run(bench.record.identified(bench.gallery, found))
    yield bench
    loop.close()


@pytest.fixture(scope="module")
def lines(bench: Bench) -> list[str]:
    async def exported() -> list[str]:
        return [line async for line in bench.audit.export()]

    found: list[str] = bench.run(exported())
    return found


class TestReceipts:
    @pytest.fixture
    def receipt(self, bench: Bench) -> dict[str, str]:
        from visavis.bootstrap.documents import receipt_document

        bench.run(bench.enrol(bench.gallery, "Mary", [("x", picture("Mary", seed=1))]))
        done = bench.run(bench.erase("Mary"))
        content: dict[str, str] = json.loads(receipt_document(done.receipt).pretty())
        return content

    def verdict(self, receipt: dict[str, str], folder: Path, *more: str) -> tuple[int, str]:
        file = folder / "receipt.json"
        file.write_text(json.dumps(receipt), "utf-8")
        return ran(script("verify-a-receipt.md", folder), file, *more)

    def test_a_true_one(self, receipt: dict[str, str], tmp_path: Path) -> None:
        code, out = self.verdict(receipt, tmp_path, receipt["fingerprint"])
        assert (code, out.splitlines()[-1]) == (0, f"VALID, signed with {receipt['fingerprint']}")
        assert "references_removed: 1" in out

    def test_forgeries(self, receipt: dict[str, str], tmp_path: Path) -> None:
        changed = receipt["document"].replace('"references_removed":1', '"references_removed":2')
        assert changed != receipt["document"]
        code, out = self.verdict(receipt | {"document": changed}, tmp_path)
        assert (code, out[:6]) == (1, "FORGED")
        other = receipt["signature"][:-2] + ("00" if receipt["signature"][-2:] != "00" else "01")
        assert self.verdict(receipt | {"signature": other}, tmp_path)[0] == 1
        code, out = self.verdict(receipt, tmp_path, "0" * 64)
        assert (code, out[:9]) == (1, "WRONG KEY")


def changed(lines: list[str]) -> list[str]:
    return [lines[0].replace("gallery.created", "gallery.removed"), *lines[1:]]


def removed(lines: list[str]) -> list[str]:
    return [*lines[:1], *lines[2:]]


def first_removed(lines: list[str]) -> list[str]:
    return lines[1:]


def reordered(lines: list[str]) -> list[str]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def cut_off(lines: list[str]) -> list[str]:
    return [*lines[:-2], lines[-1]]


def without_end(lines: list[str]) -> list[str]:
    return lines[:-1]


def with_another_end(lines: list[str]) -> list[str]:
    """The log is cut off and the head is changed to fit, which its signature tells."""
    last, end = json.loads(lines[-3]), json.loads(lines[-1])
    end["head"] |= {"sequence": last["sequence"], "digest": last["digest"]}
    return [*lines[:-2], json.dumps(end)]


class TestAuditLogs:
    def verdict(self, lines: list[str], folder: Path, *more: str) -> tuple[int, str]:
        file = folder / "audit.ndjson"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return ran(script("audit.md", folder), file, *more)

    def test_a_whole_one(self, lines: list[str], tmp_path: Path) -> None:
        fingerprint = json.loads(lines[-1])["fingerprint"]
        code, out = self.verdict(lines, tmp_path, fingerprint)
        assert (code, out) == (0, f"INTACT: {len(lines) - 1} entries up to {len(lines) - 1}\n")
        assert self.verdict(lines, tmp_path, "0" * 64)[0] == 1

    def test_a_part(self, bench: Bench, tmp_path: Path) -> None:
        async def exported() -> list[str]:
            return [line async for line in bench.audit.export(after=2)]

        code, out = self.verdict(bench.run(exported()), tmp_path)
        assert (code, out[:6]) == (0, "INTACT")

    @pytest.mark.parametrize(
        "harm", [changed, removed, first_removed, reordered, cut_off, without_end, with_another_end]
    )
    def test_harm_is_found(
        self, lines: list[str], tmp_path: Path, harm: Callable[[list[str]], list[str]]
    ) -> None:
        harmed = harm(lines)
        assert harmed != lines
        assert self.verdict(harmed, tmp_path)[0] == 1

    def test_nobody_is_named(self, lines: list[str]) -> None:
        assert not any(name in line for line in lines for name in ("Ada", "Grace"))
