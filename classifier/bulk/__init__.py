"""Many files at once: what ``manage.py classify`` does, without any row in the database."""
