"""What an import pulls in, seen in a fresh interpreter: the direction of imports, and that they stay light."""

from __future__ import annotations

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
    assert in_fresh_python(IMPORT_EACH, " ".join((*FOR_TRAINING_ONLY, "training")), *modules) == {}


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


def test_modules_each_import_on_their_own(in_fresh_python, modules_of):
    """No module relies on another having been imported before it, so there is no circle."""
    script = """
import importlib, json, sys
failed = {}
ours = ("features", "serving", "training")
for name in sys.argv[1:]:
    for loaded in [each for each in sys.modules if each.split(".")[0] in ours]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)
print(json.dumps(failed))
"""
    modules = [name for package in ("features", "serving", "training") for name in modules_of(package)]
    assert in_fresh_python(script, *modules) == {}
