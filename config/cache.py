"""The database cache, which counts sign-ins and remembers used codes: one statement a write, and what lives is kept.

Django's own counts the whole table before each write, writes in a transaction of several statements, lets a write fail
in silence, and from 300 entries on drops a third of them, whatever they are: wrong passwords for 300 addresses would
make it forget who tried too often.
"""

import base64
import pickle
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router

from awards.market import rows

# How often a thread drops what has expired, in seconds.
SWEPT_EVERY = 60

_WRITE = """
    INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
"""
_ADD = _WRITE + " WHERE {table}.expires < %s"
_TOUCH = "UPDATE {table} SET expires = %s WHERE cache_key = %s"
_READ = "SELECT value FROM {table} WHERE cache_key = %s AND expires > %s"
_DROP = "DELETE FROM {table} WHERE cache_key = %s"
_SWEEP = "DELETE FROM {table} WHERE expires < %s"


class KeptCache(DatabaseCache):
    _table: str
    _swept_at = float("-inf")

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        key = self.make_and_validate_key(key, version=version)
        with rows.cursor() as cursor:
            cursor.execute(self._on_table(_READ), [key, self._stored(0)])
            found = cursor.fetchone()
        return default if found is None else pickle.loads(base64.b64decode(found[0].encode()))  # noqa: S301

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._execute(_DROP, self.make_and_validate_key(key, version=version))

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        expires = self._stored(timeout)
        if mode == "touch":
            return self._execute(_TOUCH, expires, key)
        self._sweep()
        pickled = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        if mode == "set":
            return self._execute(_WRITE, key, pickled, expires)
        return self._execute(_ADD, key, pickled, expires, self._stored(0))

    def _sweep(self) -> None:
        if monotonic() - self._swept_at > SWEPT_EVERY:
            self._swept_at = monotonic()
            self._execute(_SWEEP, self._stored(0))

    def _stored(self, timeout: Any) -> Any:
        """So many seconds from now, as the column has it: in whole seconds. 0 is the second that has just gone by."""
        at = self.get_backend_timeout(timeout)
        expires = datetime.max.replace(tzinfo=UTC) if at is None else datetime.fromtimestamp(int(at), UTC)
        return self._connection().ops.adapt_datetimefield_value(expires.replace(microsecond=0))

    def _execute(self, statement: str, *values: Any) -> bool:
        # Signing in asks for twenty of these, which cost more to plan than to run: they are kept ready.
        with rows.cursor() as cursor:
            cursor.execute(self._on_table(statement), values)
            return bool(cursor.rowcount)

    def _on_table(self, statement: str) -> str:
        return statement.format(table=self._connection().ops.quote_name(self._table))

    def _connection(self) -> Any:
        return connections[router.db_for_write(self.cache_model_class)]
