"""How hard the tests search: a little in the ordinary run, long with --fuzz."""

from __future__ import annotations

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
    settings.load_profile("fuzz" if config.getoption("fuzz") else "ordinary")


@pytest.fixture(scope="session")
def fuzz(request: pytest.FixtureRequest) -> bool:
    """Whether this is a long run."""
    return bool(request.config.getoption("fuzz"))
