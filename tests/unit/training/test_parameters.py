"""Parameters: wrong ones are refused by name, and what was written is read."""

from __future__ import annotations

import json

import pytest

from training.model.parameters import (
    BoostingConfig,
    ParameterError,
    boosting_config,
    read_parameters,
    write_parameters,
)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("num_leaves", 1, "from 2 to 1,024, not 1"),
        ("num_leaves", 15.5, "a whole number"),
        ("num_leaves", True, "a whole number"),
        ("learning_rate", 0, "from 0.0001 to 1, not 0"),
        ("learning_rate", float("nan"), "a number"),
        ("feature_fraction", "half", "a number"),
        ("extra_trees", 1, "true or false"),
        ("max_bin", 5_001, "from 2 to 5,000"),
    ],
)
def test_parameter_out_of_bounds_or_of_another_kind_is_refused_by_name(name, value, says):
    """LightGBM would fail late, or take it for something else."""
    with pytest.raises(ParameterError, match=f"^{name}: must be .*{says}"):
        BoostingConfig(**{name: value})


def test_path_smooth_with_leaves_of_one_claim_is_refused():
    """LightGBM takes the two together for a fatal error."""
    with pytest.raises(ParameterError, match="path_smooth: needs min_data_in_leaf"):
        BoostingConfig(path_smooth=1.0, min_data_in_leaf=1)


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_parameters_that_were_written_are_read_again(tmp_path, suffix):
    """What tune found is what train fits with."""
    config = BoostingConfig(num_leaves=9, learning_rate=1e-3, extra_trees=False, max_bin=4_000)
    path = tmp_path / "deep" / f"params{suffix}"
    write_parameters(path, config, ("40 trials", 'of "mine"'))
    assert boosting_config(path) == config


def test_some_parameters_in_a_file_leave_the_others_at_their_defaults(tmp_path):
    """A file written by hand needs only what it changes; what is given beside it counts for more."""
    path = tmp_path / "params.toml"
    path.write_text("num_leaves = 9\nseed = 3\n")
    assert boosting_config(path, rounds=20, seed=None) == BoostingConfig(num_leaves=9, seed=3, rounds=20)
    assert boosting_config(path, seed=4).seed == 4
    assert boosting_config(None, seed=None) == BoostingConfig()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("leaves = 9", "'leaves' is no parameter; use rounds, patience, learning_rate"),
        ("num_leaves = 0", "num_leaves: must be a whole number"),
        ("num_leaves = ", "Invalid value"),
    ],
)
def test_file_with_a_wrong_line_is_refused_with_its_name_and_what_is_wrong(tmp_path, content, says):
    """The message leads to the line."""
    path = tmp_path / "params.toml"
    path.write_text(content)
    with pytest.raises(ParameterError, match=f"params.toml: .*{says}"):
        read_parameters(path)


def test_file_that_is_missing_or_holds_no_names_is_refused(tmp_path):
    """Each is one line that names the file."""
    with pytest.raises(ParameterError, match=r"none.toml: .*No such file"):
        read_parameters(tmp_path / "none.toml")
    path = tmp_path / "list.json"
    path.write_text(json.dumps([1]))
    with pytest.raises(ParameterError, match=r"list.json: must hold names and values"):
        read_parameters(path)
