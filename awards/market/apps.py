from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "awards.market"
    label = "market"
    verbose_name = "Market"

    def ready(self) -> None:
        """Let the start find what makes no sense, and not the first evening that wants a close."""
        from awards.market.policy import check_settings

        check_settings()
