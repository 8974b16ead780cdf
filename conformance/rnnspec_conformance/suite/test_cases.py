"""Every case of the catalogue, as a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rnnspec_conformance.trial import Trial


def test_the_implementation_follows(rnn_trial: Trial, record_property: Callable[[str, object], None]) -> None:
    result = rnn_trial.run()
    record_property("rnnspec", result.row.as_json())
    match result.row.verdict:
        case "unsupported":
            pytest.skip(result.row.reason)
        case "deviates":
            pytest.xfail(result.row.reason)
        case "differs" | "outdated" | "errored":
            pytest.fail(result.message(), pytrace=False)
