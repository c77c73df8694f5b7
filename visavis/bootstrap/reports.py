"""Composes reports as pages."""

from visavis.adapters.report.page import HtmlReports
from visavis.application.ports.reports import Reports


def reports() -> Reports:
    return HtmlReports()
