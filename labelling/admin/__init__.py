"""The back office: everything can be looked at; decisions are made on the pages, never here."""

from labelling.admin import people, pictures, workbench

__all__ = ["people", "pictures", "workbench"]
