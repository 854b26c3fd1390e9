from io import StringIO

from awards.market.progress import ProgressLine


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_line_grows_on_a_terminal() -> None:
    terminal = Terminal()
    line = ProgressLine("Stock:", terminal)
    line(1_000, 3_000)
    line(3_000, 3_000)
    assert terminal.getvalue() == (f"\rStock: {'█' * 10}{'·' * 20} 1,000 of 3,000\rStock: {'█' * 30} 3,000 of 3,000\n")


def test_nobody_watches_a_file() -> None:
    file = StringIO()
    ProgressLine("Stock:", file)(1, 1)
    assert file.getvalue() == ""
