"""A release says one version everywhere, and the archive of it what is cited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import rnnspec
from rnnspec_workshop.releasing import ROOT, SAID, mistakes

FILES = {
    "pyproject.toml": '[project]\nversion = "1.2.0"\n',
    "CITATION.cff": 'version: "1.2.0"\npreferred-citation:\n  version: "1.2.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## 1.2.0 (2027-01-31)\n\n## 1.1.0 (2026-12-31)\n",
}


def mistakes_of(folder: Path, tag: str = "v1.2.0", **changed: str) -> list[str]:
    for name, text in FILES.items():
        (folder / name).write_text(changed.get(name.partition(".")[0].lower(), text), encoding="utf-8")
    return list(mistakes(tag, "1.2.0", folder))


def test_a_release_whose_files_agree_has_no_mistakes(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path) == []


@pytest.mark.parametrize("tag", ["1.2.0", "v1.2", "v1.2.1"])
def test_a_tag_of_another_version_is_a_mistake(tag: str, tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, tag) == [f"tag: wanted v1.2.0, the version of the reference, got {tag}"]


@pytest.mark.parametrize(
    "changed, got",
    [
        ({"pyproject": '[project]\nversion = "1.1.0"\n'}, "1.1.0"),
        ({"pyproject": "[project]\n"}, "nothing"),
        ({"citation": FILES["CITATION.cff"].replace("1.2.0", "1.1.0", 1)}, "1.1.0, 1.2.0"),
        ({"changelog": FILES["CHANGELOG.md"].replace("(2027-01-31)", "(unreleased)")}, "1.1.0"),
        ({"changelog": "# Changelog\n\n## 1.2.0 (unreleased)\n"}, "nothing"),
    ],
)
def test_a_file_of_another_version_is_a_mistake(changed: dict[str, str], got: str, tmp_path: Path) -> None:
    (mistake,) = mistakes_of(tmp_path, **changed)
    assert mistake.lower().startswith(f"{next(iter(changed))}.")
    assert mistake.endswith(f", got {got}")


def test_the_files_of_the_repository_say_its_version_in_the_places_that_are_looked_at() -> None:
    version = rnnspec.__version__
    unreleased = f"CHANGELOG.md: wanted {version} as in {SAID['CHANGELOG.md']}, got nothing"
    assert list(mistakes(f"v{version}")) in ([], [unreleased])


def test_the_archive_of_a_release_says_what_is_cited() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    archived = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert archived["title"] == cited["preferred-citation"]["title"]
    assert archived["description"] == cited["abstract"]
    assert archived["creators"] == cited["authors"]
    assert archived["keywords"] == cited["keywords"]
    assert [archived["license"], *(name for name in cited["license"] if f"under {name}" in archived["notes"])] == [
        "Apache-2.0",
        *cited["license"],
    ]
