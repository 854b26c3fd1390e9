"""A document as the answer to a request."""

from urllib.parse import quote

from django.http import HttpResponse


def pdf_response(document: bytes, name: str) -> HttpResponse:
    """Opened in the browser, and kept under that name when saved; never kept by anybody between."""
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
