"""From a report to its run folder of pages, and back."""

from clusterproof.report.folder import write_report
from clusterproof.report.known import Known
from clusterproof.report.reading import (
    ReportCorruptError,
    ReportMissingError,
    ReportTooNewError,
    load_report,
    load_unchanged,
    refuse_changed,
)

__all__ = [
    "Known",
    "ReportCorruptError",
    "ReportMissingError",
    "ReportTooNewError",
    "load_report",
    "load_unchanged",
    "refuse_changed",
    "write_report",
]
