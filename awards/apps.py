from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AwardsConfig(AppConfig):
    name = "awards"
    verbose_name = "Awards"

    def ready(self) -> None:
        from awards.models.words import teach_sqlite

        connection_created.connect(teach_sqlite)
