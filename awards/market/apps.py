from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "awards.market"
    label = "market"
    verbose_name = "Market"
