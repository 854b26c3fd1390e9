from awards.models.audit import AuditEvent, AuditSeal
from awards.models.award import Award
from awards.models.calendar_feed import CalendarFeed
from awards.models.capital_adjustment import CapitalAdjustment
from awards.models.grantee import Determination, EmploymentFact, Grantee, Representative
from awards.models.letter import AwardLetter, LetterOpening, LetterSignature
from awards.models.master_agreement import AgreementAcceptance, MasterAgreement
from awards.models.message import Message, Preferences, language_of
from awards.models.option_entry import OptionEntry
from awards.models.outbox import OutboxMessage
from awards.models.question import Question

__all__ = [
    "AgreementAcceptance",
    "AuditEvent",
    "AuditSeal",
    "Award",
    "AwardLetter",
    "CalendarFeed",
    "CapitalAdjustment",
    "Determination",
    "EmploymentFact",
    "Grantee",
    "LetterOpening",
    "LetterSignature",
    "MasterAgreement",
    "Message",
    "OptionEntry",
    "OutboxMessage",
    "Preferences",
    "Question",
    "Representative",
    "language_of",
]
