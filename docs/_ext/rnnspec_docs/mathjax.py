"""MathJax beside the pages: the files that they load, copied out of the package that ships them."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

PACKAGE = "sphinx-mathjax-offline"
FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2")


def source_folder() -> Path:
    """Where the installed package keeps MathJax."""
    spec = importlib.util.find_spec(PACKAGE)  # the module really has hyphens in its name
    if spec is None or spec.origin is None:
        raise ExtensionError(f"the equations need the package {PACKAGE}, which is not installed")
    return Path(spec.origin).parent / "static" / "mathjax"


def copy_files(app: Sphinx) -> None:
    """Copy what `tex-chtml.js` loads, and nothing else of the package."""
    if app.builder.format != "html":
        return
    source, target = source_folder(), Path(app.outdir) / "_static" / "mathjax"
    for name in FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            shutil.copyfile(source / name, target / name)


def setup(app: Sphinx) -> None:
    """Copy the files before the first page is written."""
    app.connect("builder-inited", copy_files)
