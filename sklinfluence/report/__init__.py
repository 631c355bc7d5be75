"""Which rows does a result rest on? A report for people who do not write Python."""

from sklinfluence.report._finding import Finding
from sklinfluence.report._request import ReportError
from sklinfluence.report._write import write_report

__all__ = ["Finding", "ReportError", "write_report"]
