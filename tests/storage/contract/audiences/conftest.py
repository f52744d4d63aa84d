"""What SQLite does already and Redis does not yet. A test that holds there too fails until its name is taken out."""

import pytest

AHEAD_OF_REDIS = {
    "test_rows_that_come_later_do_not_name_them_again",
    "test_who_is_called_alike_keeps_their_rows",
    "test_erasing_either_erases_both",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name, _, store = item.name.partition("[")
        if name in AHEAD_OF_REDIS and not store.startswith("sqlite"):
            item.add_marker(pytest.mark.xfail(strict=True, reason="Redis does not do this yet"))
