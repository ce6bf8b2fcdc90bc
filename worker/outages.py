"""What goes wrong with none of the things that are worked on."""

from django.db import InterfaceError, OperationalError

# What Django raises while the database is away: whatever came next would end the same.
DATABASE_AWAY = (OperationalError, InterfaceError)
