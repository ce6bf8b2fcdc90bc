"""What can go wrong in the pure rooms. A code for programs, a sentence for people."""


class ClassifierError(Exception):
    """Base of the room's errors; ``code`` is stable, ``message`` is fit to show to a person."""

    code = "classifier_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class PictureRefused(ClassifierError):
    """The bytes are not a picture that we take. Codes:

    ``empty_file``, ``too_large``, ``unsupported_type``, ``too_many_pixels``, ``corrupt_picture``.
    """

    code = "corrupt_picture"


class BundleIncompatible(ClassifierError):
    """The bundle's format is not one that this version of aivh reads."""

    code = "bundle_incompatible"


class BundleCorrupt(ClassifierError):
    """A file of the bundle is missing or its sha256 differs from the one that bundle.json names."""

    code = "bundle_corrupt"


class RegistryUnavailable(ClassifierError):
    """The registry does not answer; trying again later can help."""

    code = "registry_unavailable"


class BundleNotFound(ClassifierError):
    """The registry holds no bundle under that reference or alias."""

    code = "bundle_not_found"
