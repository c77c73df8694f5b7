"""An owner runs the place: rules in words, an operator who sees no more than she may, an audit log that verifies."""

from tests.acceptance.browser import MARKS, PASSWORD, Console, Driven

pytestmark = MARKS


def test_an_owner_changes_rules_invites_an_operator_and_verifies_the_log(
    console: Console, driven: Driven
) -> None:
    page = driven.page()
    console.sign_in(page, "/galleries")
    page.click("[data-opens=new]")
    page.fill("#name", "staff")
    page.click("#make button.main")
    page.wait_for_url("**/galleries/staff")

    page.click("[data-opens=change]")
    page.select_option("#policy [name=fpir]", "0.0001")
    page.fill("#policy [name=event_days]", "30")
    said = page.inner_text("#consequences")
    assert "Strangers taken for somebody: 1 in 10,000 instead of 1 in 1,000." in said
    assert "30 days instead of 90 days. What is older goes within the hour, for good." in said
    page.click("#save")
    page.wait_for_selector(".sentences:has-text('decisions after 30 days')")
    assert "1 in 10,000 is taken for somebody" in page.inner_text(".sentences")

    page.goto(f"{console.url}/settings/users")
    page.click("[data-opens=invite]")
    page.fill("#login", "ada@example.org")
    page.click("#invite-form button.main")
    page.wait_for_selector("#once[open]")
    link = page.inner_text("#once-secret")
    assert link.startswith(f"{console.url}/sign-in#")

    operator = driven.page()
    operator.goto(link)
    operator.fill("#new", PASSWORD)
    operator.fill("#again", PASSWORD)
    operator.click("#choose button.main")
    operator.wait_for_selector("#places a[href='/people']")
    places = operator.inner_text("#places")
    assert "Settings" not in places
    assert "Compliance" not in places
    driven.tolerated.append("status of 403")
    operator.goto(f"{console.url}/compliance/audit")
    assert "administrators and auditors" in operator.inner_text("main")

    page.goto(f"{console.url}/compliance/audit")
    page.click("#verify")
    page.wait_for_selector("#chain .badge.good")
    head = page.inner_text("#chain .digest")
    assert len(head) == 64
    console.machine.visavis("audit", "verify")
