"""``manage.py up``: every part of the site under one foreground process."""
