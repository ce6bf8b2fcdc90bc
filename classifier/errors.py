"""What can go wrong. A code for programs, a sentence for people."""


class AivhError(Exception):
    """Base of every error of ours; ``code`` is stable, ``message`` is fit to show to a person."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class PictureRefused(AivhError):
    """The bytes are not a picture that we take. Codes:

    ``empty_file``, ``too_large``, ``unsupported_type``, ``too_many_pixels``, ``corrupt_picture``.
    """

    code = "corrupt_picture"


class BundleIncompatible(AivhError):
    """The bundle's format is not one that this version of aivh reads."""

    code = "bundle_incompatible"


class BundleCorrupt(AivhError):
    """A file of the bundle is missing or its sha256 differs from the one that bundle.json names."""

    code = "bundle_corrupt"


class RefitFailed(AivhError):
    """No head can be learned from these labels; trying again with the same ones cannot help."""

    code = "refit_failed"


class RegistryUnavailable(AivhError):
    """The registry does not answer; trying again later can help."""

    code = "registry_unavailable"


class BundleNotFound(AivhError):
    """The registry holds no bundle under that reference or alias."""

    code = "bundle_not_found"


class NotAllowed(AivhError):
    """The person may not do this."""

    code = "not_allowed"


class NoModel(AivhError):
    """No version of the detector is in production, or its bundle cannot be had."""

    code = "model_not_loaded"


class NotExplainable(AivhError):
    """This version's network cannot show where its score comes from; another version may."""

    code = "conflict"


class WrongState(AivhError):
    """The version is not in a state from which it can be moved there."""

    code = "conflict"
