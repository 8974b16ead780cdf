"""What every run of pytest loads where the suite is installed: its options, and nothing that takes time to import."""

from __future__ import annotations

import os
from collections.abc import Mapping

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
    """Load what judges, where there is something to judge, into an environment as it wants it."""
    if config.getoption("rnn_adapter"):
        from rnnspec_conformance import own_process  # noqa: PLC0415 - no other run of pytest needs it

        added = own_process.wanted(keep=not config.getoption("rnn_no_cache"))
        before = {name: os.environ.get(name) for name in added}
        os.environ.update(added)
        config.add_cleanup(lambda: _restore(before))
        from rnnspec_conformance import plugin  # noqa: PLC0415 - it imports the whole suite, with NumPy

        config.pluginmanager.register(plugin, PLUGIN)


def _restore(before: Mapping[str, str | None]) -> None:
    """Give the environment of this process back as it was."""
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rnn_trial" in metafunc.fixturenames and not metafunc.config.pluginmanager.has_plugin(PLUGIN):
        raise pytest.UsageError("--rnn-adapter: wanted the implementation to judge, got nothing")
