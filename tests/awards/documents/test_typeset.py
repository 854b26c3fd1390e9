"""Documents as PDF/UA: the instant that they carry."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest

from awards.documents.typeset import Document, paragraph


def pdf(made_at: datetime) -> bytes:
    text = [paragraph("Ten options.")]
    return Document(title="Receipt", number="EX-000001", foot="", made_at=made_at, blocks=text, language="en").pdf()


@pytest.mark.parametrize("microsecond", [0, 1, 999_999])
def test_document_is_dated_in_whole_seconds_whenever_it_was_made(microsecond: int) -> None:
    with pikepdf.open(io.BytesIO(pdf(datetime(2007, 4, 2, 15, 0, 59, microsecond, tzinfo=UTC)))) as opened:
        assert str(opened.docinfo["/CreationDate"]) == "D:20070402150059Z"


def test_document_made_within_the_same_second_is_the_same() -> None:
    assert pdf(datetime(2007, 4, 2, 15, 0, 59, 1, tzinfo=UTC)) == pdf(datetime(2007, 4, 2, 15, 0, 59, 2, tzinfo=UTC))
