"""An Award to exercise."""

from collections.abc import Callable

import pytest

from awards.market.models import ClosingPrice
from awards.models import Award
from tests import builders


@pytest.fixture
def award(db: None) -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, 5,000 vested on 2007-03-31; the closes of an exercise on 2007-04-02."""
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def next_close() -> Callable[[], list[ClosingPrice]]:
    """The close that a notice after trading on 2007-04-02 waits for arrives."""
    return lambda: builders.closes(builders.CLOSE_OF_2007_04_02)
