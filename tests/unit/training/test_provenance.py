"""Which code made a model can be told from the checkout that it lay in, or it is said that there was none."""

from __future__ import annotations

import subprocess

import pytest

from training.provenance import git_commit


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with one commit, which carries a tag too; returns its file and the commit."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "module.py"
    file.write_text("one\n")
    who = ["-c", "user.name=ann", "-c", "user.email=ann@a.test"]
    for arguments in (
        ["init", "-q"],
        ["add", "module.py"],
        [*who, "commit", "-q", "-m", "One"],
        [*who, "tag", "-a", "v1", "-m", "v1"],
    ):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True)
    done = subprocess.run(["git", "-C", tmp_path, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return file, done.stdout.strip()


def test_commit_of_a_clean_checkout_is_its_hash(checkout):
    """The whole hash, whatever tags there are; files that git doesn't know change nothing."""
    file, commit = checkout
    file.with_name("mlflow.db").write_text("new")
    assert git_commit(file) == commit


def test_commit_of_a_changed_checkout_says_so(checkout):
    """A model made from changed code can't be made from the commit alone."""
    file, commit = checkout
    file.write_text("two\n")
    assert git_commit(file) == f"{commit}+changes"


def test_file_that_no_repository_knows_has_no_commit(checkout, tmp_path_factory):
    """An installed package within somebody's checkout isn't part of it, and neither is one outside any."""
    file, _ = checkout
    installed = file.parent / ".venv" / "module.py"
    installed.parent.mkdir()
    installed.write_text("")
    assert git_commit(installed) == "none"
    assert git_commit(tmp_path_factory.mktemp("elsewhere") / "module.py") == "none"


def test_commit_without_git_is_none(checkout, monkeypatch):
    """A machine that only trains needs no git."""
    monkeypatch.setenv("PATH", "")
    assert git_commit(checkout[0]) == "none"
