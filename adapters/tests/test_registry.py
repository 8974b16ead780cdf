"""Adapters by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnspec_adapters import AdapterError, find_adapter, known_adapters
from rnnspec_adapters.reference import ReferenceAdapter


def test_the_registered_adapters_are_known_by_name() -> None:
    known = known_adapters()
    assert known["reference"] == "rnnspec_adapters.reference:ReferenceAdapter"
    assert known["torch"] == "rnnspec_adapters.torch.torch_layers:TorchAdapter"
    assert list(known) == sorted(known)


@pytest.mark.parametrize("name", ["reference", "rnnspec_adapters.reference:ReferenceAdapter"])
def test_an_adapter_is_found_by_name_and_by_place(name: str) -> None:
    assert find_adapter(name) is ReferenceAdapter


@pytest.mark.parametrize(
    "name, message",
    [
        ("nobody", "wanted package.module:Class or one of .*reference, .*torch.*, got 'nobody'"),
        ("no_package.module:Adapter", "no_package.module cannot be imported .*No module named 'no_package'"),
        ("rnnspec_adapters.reference:Nobody", "rnnspec_adapters.reference has no Nobody"),
        ("rnnspec_adapters.reference:", "rnnspec_adapters.reference has no "),
    ],
)
def test_what_is_not_there_is_refused_with_a_reason(name: str, message: str) -> None:
    with pytest.raises(AdapterError, match=message):
        find_adapter(name)


@pytest.mark.parametrize("line", ["raise RuntimeError('no driver')", "import no_framework", "def broken("])
def test_a_module_that_fails_when_imported_is_refused_with_a_reason(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing_adapter.py").write_text(line + "\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AdapterError, match=r"failing_adapter cannot be imported \("):
        find_adapter("failing_adapter:Adapter")
