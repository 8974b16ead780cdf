"""Adapters by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnspec_adapters import AdapterError, find_adapter, known_adapters, missing
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


def installed_all_but(monkeypatch: pytest.MonkeyPatch, *distributions: str) -> None:
    """Let some distributions be the only ones that are missing."""
    monkeypatch.setattr(missing, "version", lambda name: None if name in distributions else "1")


def test_what_a_registered_adapter_lacks_is_read_from_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_all_but(monkeypatch, "torch")
    lacking = [name for name, target in known_adapters().items() if missing.missing_of(target) == ("torch",)]
    assert {"torch", "torch-cells", "keras-torch", "onnx-from-torch"} <= set(lacking)
    assert not {"reference", "equinox", "onnxruntime"} & set(lacking)
    assert missing.missing_of("no_package.module:Class") == ()


def test_a_framework_that_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_all_but(monkeypatch, "torch")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "rnnspec_adapters.torch.torch_layers", raising=False)
    with pytest.raises(AdapterError, match=r"adapter torch: torch is not installed: pip install 'rnnspec\[torch\]'"):
        find_adapter("torch")


@pytest.mark.parametrize(
    "distributions, command",
    [
        (["torch"], "pip install 'rnnspec[torch]'"),
        (["dm-haiku", "jax"], "pip install 'rnnspec[jax]'"),
        (["keras", "torch"], "pip install 'rnnspec[tensorflow,torch]'"),
        (["onnx", "onnxscript"], "pip install 'rnnspec[onnx]' onnxscript"),
        (["tf2onnx"], "pip install tf2onnx"),
    ],
)
def test_what_is_missing_is_installed_by_extras_or_by_its_name(distributions: list[str], command: str) -> None:
    assert missing.how_to_install(distributions) == command
