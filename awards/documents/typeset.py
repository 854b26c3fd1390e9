"""Documents as PDF/UA-1: blocks of plain data, laid out by one template. The same data gives the same bytes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

Block = dict[str, Any]
TEMPLATE = "templates/documents/document.typ"


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says. `made_at` is the only instant in the file, so that it can be made again byte for byte."""

    title: str
    number: str
    foot: str
    made_at: datetime
    blocks: Sequence[Block]
    language: str

    def pdf(self) -> bytes:
        """The document as PDF/UA-1."""
        said = {
            "title": self.title,
            "number": self.number,
            "foot": self.foot,
            "company": settings.COMPANY_NAME,
            "lang": self.language,
            "blocks": list(self.blocks),
        }
        import typst  # seven megabytes in each process, of which few ever make a document

        compiler = typst.Compiler(str(_template()), root=str(_template().parent), font_paths=_fonts())
        made = compiler.compile(
            format="pdf",
            sys_inputs={"document": json.dumps(said)},
            pdf_standards=["ua-1"],
            # The file's metadata knows whole seconds only; typst refuses any more.
            timestamp=self.made_at.replace(microsecond=0),
        )
        if not isinstance(made, bytes):
            raise TypeError("one document was asked for")
        return made


@cache
def _fonts() -> Any:
    import typst

    # Those that come with it and no other: a machine's own fonts would change the bytes.
    return typst.Fonts(include_system_fonts=False)


@cache
def _template() -> Path:
    return Path(settings.BASE_DIR) / TEMPLATE


def heading(text: str) -> Block:
    return {"kind": "heading", "text": text}


def paragraph(text: str) -> Block:
    return {"kind": "text", "text": text}


def small(text: str) -> Block:
    return {"kind": "small", "text": text}


def facts(*rows: tuple[str, str]) -> Block:
    """Labels and what they say."""
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def total(label: str, value: str) -> Block:
    return {"kind": "total", "label": label, "value": value}


def signatures(*rows: tuple[str, str, str]) -> Block:
    """For whom, the name as signed, and when."""
    return {"kind": "signatures", "rows": [list(row) for row in rows]}


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: str) -> Block:
    """A table with a header row. `numeric` has a letter a column: `n` is set to the right, `-` takes what is left."""
    return {
        "kind": "table",
        "head": list(head),
        "rows": [list(row) for row in rows],
        "numeric": [letter == "n" for letter in numeric],
        "widths": ["rest" if letter == "-" else "auto" for letter in numeric],
    }
