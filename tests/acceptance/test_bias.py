"""An audit of bias as a compliance officer makes it: photos, a table, a page, and a file that proves what was found."""

import json
import random
import re
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from tests.acceptance.conftest import Machine
from tests.api.test_verifiers import ran, script

pytestmark = [pytest.mark.postgres, pytest.mark.models]

WOMEN = {"amy", "bernadette", "penny"}


def test_a_signed_audit_of_a_gallery(machine: Machine, bbt: Path) -> None:
    people = sorted(folder.name for folder in bbt.iterdir() if folder.name != "groups")
    table = machine.home / "cohorts.csv"
    rows = [f"{name},{'female' if name in WOMEN else 'male'}" for name in people]
    table.write_text("\n".join(["subject,sex", *rows, "nobody,female"]) + "\n")
    machine.visavis("galleries", "create", "staff", "--fmr", "1e-3")
    signed, report = machine.home / "bias.json", machine.home / "bias.html"
    done = machine.visavis(
        *("evaluate", "bias", bbt, "--cohorts", table, "--gallery", "staff"),
        *("--signed", signed, "--report", report, "--json"),
    )
    document = done.document
    assert (document["gallery"], document["fmr"], document["found"]) == ("staff", 0.001, 0)
    assert "1 row of" in done.err
    assert "nothing can be said about female (3), male (5)" in done.out
    assert not any(f'"{name}"' in done.out for name in people)
    page = report.read_text()
    assert "Does it serve everybody alike?" in page
    assert not [name for name in people if re.search(rf"\b{name}\b", page)]

    proof = json.loads(signed.read_text())
    assert json.loads(proof["document"])["threshold"] == document["threshold"]
    told = machine.visavis("receipts", "verify", signed, "--fingerprint", proof["fingerprint"])
    assert "valid — visavis.bias-audit/1" in told.out
    code, out = ran(script("verify-a-receipt.md", machine.home), signed, proof["fingerprint"])
    assert (code, "VALID" in out) == (0, True), out
    (entry,) = [
        one
        for one in machine.visavis("audit", "--json").document["entries"]  # type: ignore[attr-defined]
        if one["action"] == "bias.audited"
    ]
    assert entry["details"]["report_sha256"] == proof["sha256"]
    signed.write_text(signed.read_text().replace("female", "nobody"))
    machine.visavis("receipts", "verify", signed, code=1)


def test_a_worse_camera_at_one_site_is_named(machine: Machine, shared_data: Path) -> None:
    """24 people at each of two sites; the camera at the gate is out of focus and looks into the dark."""
    everybody = sorted((shared_data / "lfw-dev" / "images").iterdir())
    chosen = [folder for folder in everybody if len(list(folder.iterdir())) >= 3]
    chosen = random.Random(5).sample(chosen, 48)
    site = {folder.name: "gate" if number % 2 else "office" for number, folder in enumerate(chosen)}
    for folder in chosen:
        into = machine.home / "staff" / folder.name
        into.mkdir(parents=True)
        for number, photo in enumerate(sorted(folder.iterdir())[:3]):
            picture = Image.open(photo).convert("RGB")
            if number and site[folder.name] == "gate":
                picture = ImageEnhance.Brightness(picture.filter(ImageFilter.GaussianBlur(2.5))).enhance(0.3)
            picture.save(into / photo.name, quality=60)
    table = machine.home / "sites.csv"
    table.write_text("subject,site\n" + "".join(f"{name},{where}\n" for name, where in site.items()))
    done = machine.visavis("evaluate", "bias", "staff", "--cohorts", table, code=1)
    assert "People of site gate must try again" in done.out
    assert "Look at how site gate is photographed" in done.out
    assert "site office must" not in done.out
    fair = machine.home / "fair.csv"
    fair.write_text(
        "subject,letter\n" + "".join(f"{name},{'ab'[number // 2 % 2]}\n" for number, name in enumerate(site))
    )
    quiet = machine.visavis("evaluate", "bias", "staff", "--cohorts", fair)
    assert "no cohort stands out more than chance explains" in quiet.out
