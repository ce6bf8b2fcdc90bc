"""Finding pictures: the filters and sorts of the gallery, for pages, jobs and programs alike."""

from labelling.search.find import Found, find, found_images

__all__ = ["Found", "find", "found_images"]
