from pathlib import Path

import pytest

from tests.classifier.toy import train_toy_bundle


@pytest.fixture(scope="session")
def toy_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that the real training code made of toy pictures, once for all tests."""
    return train_toy_bundle(tmp_path_factory.mktemp("toy"))
