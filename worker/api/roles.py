"""Who may ask at all, by the rules of :mod:`labelling.api.roles`."""

from labelling.api.roles import ForAdministrators, ForReviewers

__all__ = ["ForAdministrators", "ForReviewers"]
