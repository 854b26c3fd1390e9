"""What every page shows beside its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config import clock


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "company_name": settings.COMPANY_NAME,
        "stock_symbol": settings.STOCK_SYMBOL,
        "is_demo": settings.DEMO,
        "fixed_now": settings.PORTAL_NOW,
        "now": clock.now(),
    }
