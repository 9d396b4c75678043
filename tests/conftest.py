"""How hard the tests search: a little in the ordinary run, long with --fuzz. And what makes many tests quick."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("ordinary", max_examples=50, deadline=None, derandomize=True)
settings.register_profile(
    "fuzz", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz", action="store_true", help="search long, with fresh random examples; minutes, not seconds"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fuzz: more of a kind that the ordinary run tests a selection of")
    settings.load_profile("fuzz" if config.getoption("fuzz") else "ordinary")
    # The workers of pytest-xdist share the cores already, and most of what a test makes is freed without the collector.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the commands that tests start compile the package once, not each
    gc.set_threshold(50_000, 20, 50)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: servers, other programs and deadlines are waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("fuzz"):
        kept: list[pytest.Item] = []
        more: list[pytest.Item] = []
        for item in items:
            (more if item.get_closest_marker("fuzz") else kept).append(item)
        config.hook.pytest_deselected(items=more)
        items[:] = kept
    items.sort(key=lambda item: "tests/web/" not in item.nodeid)  # they wait much: others run meanwhile, not after them


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests need not be walked in every collection


@pytest.fixture(scope="session")
def fuzz(request: pytest.FixtureRequest) -> bool:
    """Whether this is a long run."""
    return bool(request.config.getoption("fuzz"))
