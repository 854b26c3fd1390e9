"""The Committee's desk: what is on record, and a page of its own for each decision."""

from awards.admin import agreement, award, capital, employment, grantee, journals, question, sign_ins

__all__ = ["agreement", "award", "capital", "employment", "grantee", "journals", "question", "sign_ins"]
