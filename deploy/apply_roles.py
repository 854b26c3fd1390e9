"""Gives the application's database role its rights anew: deploy/roles.sql through DATABASE_URL, in one transaction.

DATABASE_URL=postgres://portal_owner:…@host/portal python deploy/apply_roles.py
"""

import os
from pathlib import Path

import psycopg


def main() -> None:
    rights = Path(__file__).with_name("roles.sql").read_text()
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=10) as connection:
        connection.execute(rights)


if __name__ == "__main__":
    main()
