"""What an import pulls in, seen in a fresh interpreter: the direction of imports, and that they stay light."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

# imports one after another and says which first brought in something of the list
IMPORT_EACH = """
import importlib, json, sys
unwanted, names = sys.argv[1].split(), sys.argv[2:]
found = {}
for name in names:
    importlib.import_module(name)
    for each in unwanted:
        if each in sys.modules:
            found.setdefault(each, name)
print(json.dumps(found))
"""
IMPORT_ALL = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""
FOR_TRAINING_ONLY = ("mlflow", "sklearn", "matplotlib", "pyspark", "pandas")
PURE = (
    *(
        "answer",
        "bundle",
        "bundle_files",
        "calibration",
        "claim",
        "decision",
        "ledger",
        "lists",
        "policy",
        "probes",
        "reasons",
        "scorer",
    ),
    *("settings", "text.columns", "text.file"),
)
AGREED = {"bundle", "bundle_files", "booster", "calibration", "probes", "scorer", "text", "reasons", "decision"}
AGREED |= {"policy", "words"}


def test_features_alone_pull_in_no_model_no_server_and_neither_neighbour(in_fresh_python, modules_of):
    """Features know neither what learns from them nor what serves them."""
    unwanted = (*FOR_TRAINING_ONLY, "lightgbm", "bentoml", "starlette", "serving", "training")
    modules = modules_of("features")
    assert {"features.plan", "features.engines.batch", "features.store.log"} <= set(modules)
    assert in_fresh_python(IMPORT_EACH, " ".join(unwanted), *modules) == {}


def test_serving_pulls_in_nothing_that_only_training_needs(in_fresh_python, modules_of):
    """A service starts in a moment and runs where no data scientist's tool is installed."""
    modules = modules_of("serving")
    assert {"serving.service", "serving.claim_desk", "serving.cli"} <= set(modules)
    drawing = [name for name in modules if name.startswith("serving.report.plots.")]
    others = [name for name in modules if name not in drawing]
    assert in_fresh_python(IMPORT_EACH, " ".join((*FOR_TRAINING_ONLY, "training")), *others) == {}
    # the plots of the report draw, and are imported when one is made
    unwanted = [name for name in (*FOR_TRAINING_ONLY, "training") if name != "matplotlib"]
    assert in_fresh_python(IMPORT_EACH, " ".join(unwanted), *drawing) == {}


def test_serving_off_its_edge_needs_no_bentoml_and_no_lightgbm_package(in_fresh_python, modules_of):
    """Deciding, scoring and explaining are functions of values; models and requests come in at the edge."""
    pure = [f"serving.{name}" for name in PURE]
    assert set(pure) <= set(modules_of("serving"))
    assert in_fresh_python(IMPORT_EACH, "bentoml starlette lightgbm", *pure) == {}


def test_client_pulls_in_nothing_of_the_server(in_fresh_python, modules_of):
    """A platform's own code asks the service without loading it: `clearclaim[client]` is httpx and pydantic."""
    modules = [name for name in modules_of("serving") if name.startswith("serving.client")]
    assert {"serving.client.sync", "serving.client.asynchronous"} <= set(modules)
    of_server = (
        "bentoml starlette sqlalchemy lightgbm numpy pyarrow cel serving.api.edge serving.decision serving.policy"
    )
    assert in_fresh_python(IMPORT_EACH, of_server, *modules) == {}


@pytest.mark.parametrize("package", ["features", "serving", "training"])
def test_importing_a_package_itself_pulls_in_none_of_its_modules(in_fresh_python, package):
    """A package's name costs nothing; its parts are imported by whoever needs them."""
    loaded = in_fresh_python(IMPORT_ALL, package)
    assert [name for name in loaded if name.startswith(f"{package}.")] == []


def test_training_knows_of_serving_only_what_it_must_agree_with(in_fresh_python, modules_of):
    """Not even by way of something else does training load the desk, the service or its settings."""
    modules = modules_of("training")
    assert {"training.train", "training.promote", "training.cli"} <= set(modules)
    loaded = in_fresh_python(IMPORT_ALL, *modules)
    of_serving = {name.removeprefix("serving.").split(".")[0] for name in loaded if name.startswith("serving.")}
    assert "bundle" in of_serving
    assert of_serving <= AGREED


def test_modules_import_one_another_in_no_circle(root, modules_of):
    """No module relies on another having been imported before it: each comes after all that it needs at import."""
    modules = [name for package in ("features", "serving", "training") for name in modules_of(package)]
    assert len(list(TopologicalSorter(_needs_at_import(root, set(modules))).static_order())) == len(modules)


def test_circle_of_modules_is_seen(tmp_path):
    """What would pass any modules proves nothing: two modules that need each other are told."""
    for name, text in {"__init__": "", "one": "from house.two import b", "two": "if 1:\n    import house.one"}.items():
        (tmp_path / "house").mkdir(exist_ok=True)
        (tmp_path / "house" / f"{name}.py").write_text(text)
    graph = _needs_at_import(tmp_path, {"house", "house.one", "house.two"})
    with pytest.raises(CycleError) as caught:
        list(TopologicalSorter(graph).static_order())
    assert set(caught.value.args[1]) == {"house.one", "house.two"}


def _needs_at_import(root, modules):
    """For each module, those that run before its own lines are through; functions' imports come later."""
    needs = {}
    for name in modules:
        path = root.joinpath(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        named = {each for node in _run_at_import(ast.parse(file.read_text()).body) for each in _named(node, modules)}
        wanted = named & modules
        # a package's own lines run before those of a module in it, but for whoever is in there already
        around = {each.rsplit(".", depth)[0] for each in wanted for depth in range(1, each.count(".") + 1)}
        needs[name] = wanted | {each for each in around if not f"{name}.".startswith(f"{each}.")}
    return needs


def _run_at_import(nodes):
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        only_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ("orelse",) if only_for_types else ("body", "orelse", "handlers", "finalbody"):
            yield from _run_at_import(getattr(node, part, []))


def _named(node, modules):
    for alias in node.names:
        whole = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        yield whole if whole in modules or isinstance(node, ast.Import) else node.module
