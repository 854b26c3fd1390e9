from datetime import date

from awards.agreement import errors
from awards.agreement.errors import AgreementError, MissingClose


def test_missing_close_names_the_series_and_the_day() -> None:
    stock, index = MissingClose("stock", date(2007, 3, 30)), MissingClose("sp500", date(2007, 3, 30))
    assert str(stock) == "No close of the Stock is recorded for 2007-03-30, a Trading Day."
    assert str(index) == "No close of the S&P 500 is recorded for 2007-03-30, a Trading Day."
    assert (stock.series, stock.day) == ("stock", date(2007, 3, 30))


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AgreementError)]
    assert len({kind.code for kind in refusals}) == len(refusals) == 17
