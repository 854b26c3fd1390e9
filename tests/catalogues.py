"""The catalogues of locale/: what the sources say, and whether each language says it too.

`python -m tests.catalogues` brings them up to date and compiles them: what is new stands there untranslated, what
nobody says any more is gone. Needs no gettext on the machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "locale"
# Lazy and immediate, with a context or a number, and what is only marked.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None, "gettext_noop": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
DESK = ("awards/admin", "exercises/admin", "templates/admin")

Said = tuple[str, str | tuple[str, str], str | None]


def sources() -> Iterator[Path]:
    """What an employee may read. The desk's pages are English."""
    for folder in ("awards", "exercises", "config"):
        yield from sorted((ROOT / folder).rglob("*.py"))
    yield from sorted(file for file in (ROOT / "templates").rglob("*.*") if file.suffix in (".html", ".txt"))


def said_in_sources() -> Iterator[Said]:
    """Where it is said, the text (and its plural), and its context."""
    for file in sources():
        name = str(file.relative_to(ROOT))
        if name.startswith(DESK) or "/migrations/" in name:
            continue
        for _, function, text, _ in extract_python(BytesIO(_as_python(file)), list(KEYWORDS), [], {}):
            parts = [part for part in (text if isinstance(text, tuple | list) else [text]) if isinstance(part, str)]
            # A call with no literal says what was marked elsewhere.
            if parts:
                yield name, *_message(function, parts)


def _as_python(file: Path) -> bytes:
    if file.suffix == ".py":
        return file.read_bytes()
    # What is left of a template is calls of gettext and stand-ins for its text, whose indentation means nothing.
    calls = templatize(file.read_text())
    return "\n".join(line.strip() for line in calls.splitlines()).encode()


def _message(function: str, parts: list[str]) -> tuple[str | tuple[str, str], str | None]:
    context = parts.pop(0) if "pgettext" in function else None
    return ((parts[0], parts[1]), context) if "ngettext" in function else (parts[0], context)


def languages() -> list[str]:
    return sorted(folder.name for folder in LOCALE.iterdir())


def catalogue_of(language: str) -> Catalog:
    with _file(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    """The same bytes for the same sayings, whenever it is done."""
    catalogue.creation_date = catalogue.revision_date = datetime(2005, 7, 1, tzinfo=UTC)
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _file(language: str, ending: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"django.{ending}"


def compiled_file(language: str) -> bytes:
    return _file(language, "mo").read_bytes()


def update(language: str) -> None:
    file, catalogue = _file(language, "po"), catalogue_of(language)
    # Kept as it stands: Babel's own has dates, which would change with every run.
    head = file.read_text().split("\n\n", 1)[0]
    said = {(text, context) for _, text, context in said_in_sources()}
    for message in [message for message in catalogue if message.id]:
        if (key_of(message), message.context) not in said:
            catalogue.delete(message.id, message.context)
    for text, context in sorted(said, key=str):
        if catalogue.get(text, context) is None:
            catalogue.add(text, context=context)
    with file.open("wb") as written:
        written.write(f"{head}\n\n".encode())
        write_po(written, catalogue, width=0, omit_header=True)
    _file(language, "mo").write_bytes(compiled(catalogue_of(language)))


def key_of(message: Message) -> str | tuple[str, str]:
    return tuple(message.id) if isinstance(message.id, tuple | list) else message.id


if __name__ == "__main__":
    for each in languages():
        update(each)
