"""In which language a page answers: the one its reader chose, else the browser's; the desk's pages are English."""

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation

from awards.written import DESK


class ReaderLanguage(LocaleMiddleware):
    """Stands behind the sign-in: a language that a person chose is kept with them, on whatever machine they read."""

    def process_request(self, request: HttpRequest) -> None:
        language = self._chosen(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def _chosen(self, request: HttpRequest) -> str:
        if request.path_info.startswith(reverse("admin:index")):
            return DESK
        kept = getattr(request.user, "language", "") or ""
        return kept or translation.get_language_from_request(request)
