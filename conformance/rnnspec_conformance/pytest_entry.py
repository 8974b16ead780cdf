"""What every run of pytest loads where the suite is installed: its options, and nothing that takes time to import."""

from __future__ import annotations

import pytest

from rnnspec_conformance.validate_options import OPTIONS

PLUGIN = "rnnspec-judging"
"""The name of the plugin that judges."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rnnspec", "rnnspec: conformance of recurrent layers")
    group.addoption("--rnn-adapter", metavar="NAME", help="a registered adapter, or package.module:Class")
    for option in OPTIONS:
        option.declare(group.addoption, "rnn-")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load what judges, where there is something to judge."""
    if config.getoption("rnn_adapter"):
        from rnnspec_conformance import plugin  # noqa: PLC0415 - it imports the whole suite

        config.pluginmanager.register(plugin, PLUGIN)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rnn_trial" in metafunc.fixturenames and not metafunc.config.pluginmanager.has_plugin(PLUGIN):
        raise pytest.UsageError("--rnn-adapter: wanted the implementation to judge, got nothing")
