from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path

from config import health, metrics

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Outperform Stock Options"
admin.site.index_title = "Committee and plan administration"

urlpatterns = [
    # Browsers ask for it beside a plain document, which names no icon.
    path("favicon.ico", lambda request: redirect(static("img/favicon.svg"), permanent=False)),
    # Answered by `config.middleware.watch` before any other middleware.
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    # The portal's own of allauth's pages, under allauth's names.
    path("accounts/", include("awards.account_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("exercises/", include("exercises.urls")),
    path("", include("awards.profile_urls")),
    path("", include("awards.told_urls")),
    path("", include("awards.urls")),
]
