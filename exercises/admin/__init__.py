"""The Committee's desk: exercises from notice to payment, withholding rates, and what the jobs did."""

from exercises.admin import job_run, notice, withholding_rate

__all__ = ["job_run", "notice", "withholding_rate"]
