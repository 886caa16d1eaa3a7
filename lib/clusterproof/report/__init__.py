"""From a report to its run folder of pages, and back."""

from clusterproof.report.folder import write_report
from clusterproof.report.known import Known
from clusterproof.report.reading import (
    ReportCorruptError,
    ReportMissingError,
    ReportTooNewError,
    load_report,
    load_to_judge,
    load_unchanged,
)

__all__ = [
    "Known",
    "ReportCorruptError",
    "ReportMissingError",
    "ReportTooNewError",
    "load_report",
    "load_to_judge",
    "load_unchanged",
    "write_report",
]
