from pathlib import Path

import pytest

from tests.classifier.toy import toy_bundle_of


@pytest.fixture(scope="session")
def toy_bundle() -> Path:
    """A bundle that the real training code made of toy pictures, once for all tests."""
    return toy_bundle_of()
