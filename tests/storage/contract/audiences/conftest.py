"""The stores that keep audiences."""

from pathlib import Path

import pytest

from tests.storage.contract.subjects import SUBJECTS

KEEP_AUDIENCES = ("sqlite",)


@pytest.fixture(params=[subject for subject in SUBJECTS if subject.id in KEEP_AUDIENCES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = request.param(tmp_path)
    assert isinstance(url, str)
    return url
