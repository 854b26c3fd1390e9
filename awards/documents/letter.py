"""The Award Letter (Exhibit A) as a document: the three facts, and the Master Agreement that governs."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from awards.documents.typeset import Document, facts, heading, paragraph, signatures, small
from awards.models import Award
from awards.templatetags.figures import instant, options, price, weekday_day
from awards.written import DESK

FOOT = "The Master Agreement named in this letter governs."


def letter(award: Award, *, issued_by: Any, issued_at: datetime) -> Document:
    """The letter that is issued for the Company at that instant, in English, the language of the agreement."""
    with translation.override(DESK):
        return _letter(award, issued_by, issued_at)


def _letter(award: Award, issued_by: Any, issued_at: datetime) -> Document:
    agreement = award.master_agreement
    return Document(
        title="Award Letter",
        number=award.number,
        foot=FOOT,
        made_at=issued_at,
        language=DESK,
        blocks=[
            paragraph(f"To {award.grantee.name}"),
            paragraph(
                f"{settings.COMPANY_NAME} grants you an Award of Outperform Stock Options on its common stock. "
                "These are its terms:"
            ),
            facts(
                ("Award Date", weekday_day(award.award_date)),
                ("Number of Outperform Stock Options", options(award.options)),
                ("Initial Price per share", price(award.initial_price)),
            ),
            paragraph(
                f"This letter and the {agreement.name} together make up the Award. The Master Agreement holds "
                "everything else, vesting, exercise and lapse among it, and governs wherever this letter says less or "
                "something else."
            ),
            small(f"SHA-256 of the Master Agreement's document: {agreement.document_sha256}"),
            heading("Signed for the Company"),
            signatures(
                (settings.COMPANY_NAME, issued_by.get_full_name() or issued_by.get_username(), instant(issued_at))
            ),
            heading("How to answer"),
            paragraph(
                "Sign in to the portal, open this letter, and accept it with your name, or decline it with a reason. "
                "What you sign is this very document."
            ),
        ],
    )
