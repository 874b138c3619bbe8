"""The notebooks run from top to bottom, and define nothing that belongs into a package."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# what takes long to simulate shows the same in a smaller world; who opens the notebook gets the large one
SMALLER = {
    "orders=600_000": "orders=100_000",
    "orders=80_000": "orders=40_000",
    "orders=60_000": "orders=20_000",
    "orders=25_000, days=240": "orders=6_000, days=120",
    "seed in (1, 2, 3)]": "seed in (1, 2)]",
    "folds=3, evaluation=EvaluationConfig(replicates=100)": "folds=2, evaluation=EvaluationConfig(replicates=20)",
}
OF_A_MACHINE = re.compile(r"(?:/tmp|/home|/root|/Users|/work|site-packages)\b[^\s\"]*")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::RuntimeWarning")
def test_notebook_from_top_to_bottom_runs(notebook, tmp_path):
    """Every cell runs against today's packages."""
    for cell in notebook.cells:
        for large, small in SMALLER.items():
            cell.source = cell.source.replace(large, small)
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
    client.execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")


def test_notebook_code_defines_nothing(notebook):
    """Functions and classes live in the packages, where tests reach them."""
    code = "\n".join(
        line
        for cell in notebook.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if not line.startswith("%")
    )
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert [node.name for node in ast.walk(ast.parse(code)) if isinstance(node, kinds)] == []


def test_notebook_stored_outputs_show_results_and_no_machine(notebook):
    """Who reads a notebook without running it sees its tables and plots, without warnings or somebody's folders."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    plots = [output for output in outputs if "image/png" in output.get("data", {})]
    words = [
        text
        for output in outputs
        for kind, text in {"text": output.get("text", ""), **output.get("data", {})}.items()
        if kind != "image/png"
    ]
    assert plots
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert [found for text in words for found in OF_A_MACHINE.findall(text)] == []


def test_notebooks_in_the_project_are_found():
    """An empty list would pass every other test here."""
    assert NOTEBOOKS
