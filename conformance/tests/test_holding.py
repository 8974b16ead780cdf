"""What holds in some versions and on some processors is held against no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from rnnspec_adapters.reference import ReferenceAdapter
from rnnspec_conformance import processor as of_processor
from rnnspec_conformance import validate
from rnnspec_conformance.cases import CASES
from rnnspec_conformance.deviations import Deviation, DeviationError, of_adapter
from rnnspec_conformance.holding import holds_for, is_older, requirement
from rnnspec_conformance.isolation.self_description import Provenance
from rnnspec_conformance.processor import EXTENSIONS, extensions, features, processor
from rnnspec_conformance.stream.mistakes import judge_of
from rnnspec_workshop.finding_programs import elsewhere

from .made_subjects import subject_with
from .wrong_adapters import MergedBias

CASE = "gru-after-keep-forward"
"""What `MergedBias` gets wrong."""


@pytest.mark.parametrize(
    "wanted, installed, holds",
    [
        ("torch <2.14", "2.13.0", True),
        ("torch <2.14", "2.14.0", False),
        ("torch <2.14", "2.13.0+cpu", True),
        ("torch ==2.13.0", "2.13.0+cpu", True),
        ("torch <=2.13", "2.13.0+cpu", True),
        ("torch >2.13", "2.13.0+cpu", False),
        ("torch >=2.10,<2.14", "2.9.1", False),
        ("torch >=2.10,!=2.12.*", "2.12.1", False),
        ("Torch <2.14", "2.13.0", True),
        ("torch <2.14", "2.14.0.dev20260901", False),
        ("torch >=2.14.dev0", "2.14.0.dev20260901", True),
        ("torch <2.14", "not installed", False),
    ],
)
def test_versions_are_compared_with_what_is_installed(wanted: str, installed: str, holds: bool) -> None:
    assert holds_for([wanted], (), {"torch": installed, "numpy": "2.0"}) is holds


def test_all_of_several_distributions_have_to_be_of_their_versions() -> None:
    both = ("jax <0.11", "equinox <0.14")
    assert holds_for(both, (), {"jax": "0.10.2", "equinox": "0.13.8"})
    assert not holds_for(both, (), {"jax": "0.10.2", "equinox": "0.14.0"})
    assert not holds_for(both, (), {"jax": "0.10.2"})
    assert holds_for((), (), {})


@pytest.mark.parametrize("text", ["torch", "<2.14", "torch[a] <2", "torch @ https://a.org", "", "torch <two"])
def test_what_names_no_versions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"wanted a distribution and versions of it, as 'torch <2\.14', got"):
        requirement(text)


@pytest.mark.parametrize(
    "since, older",
    [
        ("torch 2.14.0", True),
        ("torch 2.13.0", False),
        ("torch 2.12.0", False),
        ("numpy 1.0, torch 2.14", True),
        ("keras 3.15.1 on Torch 2.14.0", True),
        ("keras 4.0", False),
        ("2.14.0", False),
        ("the first", False),
    ],
)
def test_what_was_seen_first_in_a_later_version_is_known(since: str, older: bool) -> None:
    assert is_older(since, {"torch": "2.13.0+cpu", "numpy": "2.0"}) is older


@pytest.mark.parametrize(
    "wanted, holds", [(["AVX2"], True), (["AVX512F"], False), (["AVX2", "SVE"], False), ([], True)]
)
def test_a_processor_has_to_have_all_that_is_wanted(wanted: list[str], holds: bool) -> None:
    assert holds_for((), wanted, {"processor": "x86_64 AVX FMA AVX2"}) is holds


def test_extensions_are_found_under_the_names_of_linux_and_of_numpy() -> None:
    assert extensions(frozenset({"avx", "fma", "sse2", "avx512f"})) == ["AVX", "FMA", "AVX512F"]
    assert extensions(frozenset({"X86_V3", "AVX512BF16"})) == ["AVX", "FMA", "AVX2", "AVX512_BF16"]
    assert extensions(frozenset({"asimd", "sve"})) == ["NEON", "SVE"]
    assert extensions(frozenset()) == []


@pytest.mark.parametrize(
    "text, wanted",
    [
        (
            "processor : 0\nmodel name : some\nflags\t\t: fpu avx avx2\n\nprocessor : 1\nflags : fpu\n",
            {"fpu", "avx", "avx2"},
        ),
        ("processor : 0\nFeatures\t: fp asimd\n", {"fp", "asimd"}),
    ],
)
def test_linux_says_what_a_processor_has(
    text: str, wanted: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
    monkeypatch.setattr(of_processor, "CPUINFO", tmp_path / "cpuinfo")
    assert features() == wanted


@pytest.mark.parametrize("text", [None, "", "nothing : of that"])
def test_numpy_says_it_elsewhere(text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = extensions(features())
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
    monkeypatch.setattr(of_processor, "CPUINFO", tmp_path / "cpuinfo")
    of_numpy = extensions(features())
    assert set(of_numpy) <= set(EXTENSIONS)
    known_to_numpy = {name for name, names in EXTENSIONS.items() if names[1:]}
    assert set(of_numpy) == set(here) & known_to_numpy


def test_results_name_the_processor_and_nothing_else_of_the_machine() -> None:
    run = validate("reference", precisions=["float64"], patterns=["lstm-one-step"])
    assert run.provenance["processor"] == processor()
    machine, *named = processor().split()
    assert machine.isidentifier()
    assert set(named) <= set(EXTENSIONS)


def test_an_implementation_may_name_its_own_processor() -> None:
    assert Provenance(versions={"a": "1", "processor": "an array"}).entries() == {"a": "1", "processor": "an array"}
    assert Provenance(error="none").entries() == {"error": "none"}


def recorded(case: str = CASE, **limits: Any) -> Deviation:
    given = {"kind": "differs", "reason": "known", "link": "link", "since": "1.0", **limits}
    return Deviation(cases=(case,), **given)


def verdict_with(*known: Deviation, adapter: type[ReferenceAdapter] = MergedBias, case: str = CASE) -> str:
    (trial,) = subject_with(*known, adapter=adapter, patterns=(case,)).trials()
    return trial.run().row.verdict


OUTSIDE: list[dict[str, Any]] = [{"versions": ("rnnspec <0.0.1",)}, {"processor": ("SVE", "AVX")}]
INSIDE: list[dict[str, Any]] = [{"versions": ("rnnspec >=0.0.1", "numpy >1")}, {"processor": ()}]


@pytest.mark.parametrize("limits", OUTSIDE)
def test_outside_its_versions_and_processors_nothing_is_recorded(limits: dict[str, Any]) -> None:
    assert verdict_with(recorded(**limits)) == "differs"
    assert verdict_with(recorded(**limits), adapter=ReferenceAdapter) == "passed"
    assert verdict_with(recorded(**limits), recorded()) == "deviates"


@pytest.mark.parametrize("limits", INSIDE)
def test_inside_of_them_it_has_to_occur(limits: dict[str, Any]) -> None:
    assert verdict_with(recorded(**limits)) == "deviates"
    assert verdict_with(recorded(**limits), adapter=ReferenceAdapter) == "outdated"


def test_a_deviation_holds_on_the_processor_that_is_named() -> None:
    class Elsewhere(MergedBias):
        name: ClassVar[str] = "elsewhere"

        def provenance(self) -> Mapping[str, str]:
            return {"kernel": "1.0", "processor": "aarch64 NEON SVE"}

    assert verdict_with(recorded(processor=("SVE",)), adapter=Elsewhere) == "deviates"
    assert verdict_with(recorded(processor=("AVX2",)), adapter=Elsewhere) == "differs"


def test_an_older_version_may_have_a_deviation_and_need_not() -> None:
    later = recorded(since="rnnspec 9999.0")
    assert verdict_with(later) == "deviates"
    assert verdict_with(later, adapter=ReferenceAdapter) == "passed"
    assert verdict_with(recorded(since="rnnspec 0.0.1"), adapter=ReferenceAdapter) == "outdated"


def test_a_draw_is_excused_in_these_versions_alone() -> None:
    needing = recorded(needs=("cell: GRU",))
    narrow = recorded(needs=("cell: GRU",), versions=("rnnspec <0.0.1",))
    assert judge_of(subject_with(needing)).known == (needing,)
    assert judge_of(subject_with(narrow)).known == ()


def test_versions_of_what_the_provenance_does_not_name_are_refused() -> None:
    unknown = recorded(versions=("torhc <3",), entry="some.toml, deviation 1")
    with pytest.raises(
        DeviationError, match=r"^some\.toml, deviation 1: versions: wanted a name of the provenance \(rnns"
    ):
        subject_with(unknown).make()
    subject_with(recorded(versions=("rnnspec <3",))).make()


def test_deviations_that_leave_no_case_are_refused() -> None:
    every = [replace(recorded(pattern), entry="some.toml, deviation 1") for pattern in ("[a-k]*", "l*", "[m-z]*")]
    with pytest.raises(
        DeviationError, match=r"^some.toml: wanted a case .* \(selection default, float64, mode default\)"
    ):
        subject_with(*every).make()
    subject_with(*every[:2]).make()
    with pytest.raises(DeviationError, match="wanted a case that no entry speaks of"):
        subject_with(*(replace(one, modes=("default",)) for one in every)).make()
    subject_with(*(replace(one, modes=("another",)) for one in every)).make()


TORCH = "rnnspec_adapters.torch.torch_layers:TorchAdapter"
KERAS = "rnnspec_adapters.keras.on_torch:KerasOnTorch"


@pytest.mark.parametrize(
    "given, name, has",
    [
        ("keras-torch", "keras-torch", True),
        (KERAS, "keras-torch", True),
        ("mine:Evil", "keras-torch", False),
        (TORCH, "keras-torch", False),
        ("program:evil", "keras-torch", False),
        ("torch", "keras-torch", False),
        ("torch", "torch", False),
    ],
)
def test_the_deviations_of_the_suite_are_those_of_its_own_adapters(given: str, name: str, has: bool) -> None:
    ids = tuple(case.id for case in CASES)
    assert bool(of_adapter(given, name, ids)) is has


def test_an_adapter_of_others_that_is_registered_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnspec_conformance.deviations.known_adapters", lambda: {"keras-torch": "mine:Evil"})
    assert of_adapter("keras-torch", "keras-torch", tuple(case.id for case in CASES)) == ()


def test_a_finding_says_where_it_does_not_hold(tmp_path: Path) -> None:
    said = {
        "Seen in packaging 20.0; no upstream report found.": "",
        "Seen in packaging 9999.0; no upstream report found.": "seen first in packaging 9999.0, which is newer than ",
        "Seen in packaging 20.0; a.\n\nHolds only with packaging <9999.": "",
        "Seen in packaging 20.0; a.\n\nHolds only with packaging <21.": "holds only with packaging <21; installed is ",
        "Holds only on a processor with SVE, AVX.": "does not hold on this processor: wanted one with SVE, AVX, got ",
        f"Holds only on a processor with {processor().split()[-1]}.": "",
    }
    for text, reason in said.items():
        path = tmp_path / "finding.py"
        path.write_text(f'"""It is wrong.\n\n{text}\n"""\n', encoding="utf-8")
        found = elsewhere(path)
        assert found.startswith(reason) if reason else found == ""
