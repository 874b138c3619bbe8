"""A bundle is written whole or not at all, and read only if nothing in it was changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from serving.bundle import (
    Bundle,
    BundleContents,
    BundleError,
    ModelColumn,
    RecoveryHead,
    _file_texts,
    check_catalog,
    read_bundle,
    write_bundle,
)
from serving.bundle_files import HASHED_FILES, version_of
from serving.model import Model
from serving.text.columns import TEXT_COLUMNS
from tests.unit.serving.small_reader import small_reader

Manifest = dict[str, object]


def put_files(folder: Path, contents: BundleContents) -> Path:
    """Write a bundle without its checks, hashes included, as a faulty producer would."""
    folder.mkdir()
    for name, text in _file_texts(contents).items():
        (folder / name).write_bytes(text.encode())
    return folder


def put_file(folder: Path, name: str, text: str) -> None:
    """Replace one file of a bundle, and make the hashes right."""
    (folder / name).write_text(text)
    hashes = {each: sha256((folder / each).read_bytes()).hexdigest() for each in HASHED_FILES}
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.update(files=hashes, model_version=version_of(hashes))
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_bundle_with_a_reader_gives_back_the_same_reader(champion_that_reads: Model) -> None:
    """What was fitted is what reads in the service; a bundle without one says null."""
    assert champion_that_reads.bundle.contents.reader == small_reader()
    names = [column.name for column in champion_that_reads.bundle.contents.columns]
    assert names[-len(TEXT_COLUMNS) :] == [column.name for column in TEXT_COLUMNS]


def test_bundle_without_a_reader_says_so(bundle: Bundle) -> None:
    """The file is there, and holds nothing."""
    assert (bundle.path / "text.json").read_text() == "null\n"
    assert bundle.contents.reader is None


def change_manifest(bundle: Bundle, change: Callable[[Manifest], object]) -> None:
    file = bundle.path / "manifest.json"
    manifest = json.loads(file.read_text())
    change(manifest)
    file.write_text(json.dumps(manifest))


def test_bundle_read_back_holds_what_was_written(bundle: Bundle, bundle_contents: BundleContents) -> None:
    """Reading gives back every part, unchanged."""
    assert read_bundle(bundle.path) == bundle
    assert bundle.contents == bundle_contents


def test_bundle_folder_holds_the_named_files_and_nothing_else(bundle: Bundle) -> None:
    """All of it is text, and nothing of the writing stays behind."""
    assert sorted(file.name for file in bundle.path.iterdir()) == sorted([*HASHED_FILES, "manifest.json"])
    assert [file.name for file in bundle.path.parent.iterdir()] == [bundle.path.name]
    for file in bundle.path.iterdir():
        file.read_bytes().decode()


def test_columns_and_reasons_files_have_the_documented_shape(bundle: Bundle) -> None:
    """Other tools read these files, so their keys are a promise."""
    columns = json.loads((bundle.path / "columns.json").read_text())
    assert columns["catalog_hash"] == "0123456789abcdef"
    assert columns["columns"][0] == {"name": "feature_0", "reason": "buyer_claims"}
    reasons = json.loads((bundle.path / "reasons.json").read_text())
    assert reasons["buyer_claims"] == {"en": "About buyer_claims", "zh-CN": "关于 buyer_claims"}
    manifest = json.loads((bundle.path / "manifest.json").read_text())
    assert manifest["format"] == 5
    assert set(manifest["files"]) == set(HASHED_FILES)
    calibrations = json.loads((bundle.path / "calibration.json").read_text())
    assert calibrations["abuse"] == {"x": [-3.0, -1.0, 0.5, 2.5], "y": [0.01, 0.1, 0.4, 0.95]}
    assert calibrations["recovery"] == {"x": [-2.0, 2.0], "y": [0.1, 0.9]}


def test_bundle_without_a_recovery_model_says_so(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """The file is there and empty, its calibration is null, and reading gives none back."""
    bundle = write_bundle(tmp_path / "none", replace(bundle_contents, recovery=None))
    assert (bundle.path / "recovery.txt").read_text() == ""
    assert json.loads((bundle.path / "calibration.json").read_text())["recovery"] is None
    assert bundle.contents.recovery is None


def test_same_content_written_later_has_the_same_version(
    bundle: Bundle, bundle_contents: BundleContents, tmp_path: Path
) -> None:
    """The version says what the model is, not when it was written."""
    later = write_bundle(tmp_path / "later", replace(bundle_contents, created_at_ms=1_800_000_000_000))
    assert later.model_version == bundle.model_version
    assert len(later.model_version) == 12


def test_other_content_has_another_version(bundle: Bundle, bundle_contents: BundleContents, tmp_path: Path) -> None:
    """Any change to a file of the bundle is another version."""
    other = write_bundle(tmp_path / "other", replace(bundle_contents, card="# Another card\n"))
    assert other.model_version != bundle.model_version


@pytest.mark.parametrize("name", HASHED_FILES)
def test_file_with_one_byte_changed_is_refused_by_name(own_bundle: Bundle, name: str) -> None:
    """Whoever changes a file is found out, and told which."""
    file = own_bundle.path / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match=rf"{name}: differs from its SHA-256"):
        read_bundle(own_bundle.path)


@pytest.mark.parametrize("name", [*HASHED_FILES, "manifest.json"])
def test_missing_file_is_named(own_bundle: Bundle, name: str) -> None:
    """A half-copied bundle is refused."""
    (own_bundle.path / name).unlink()
    with pytest.raises(BundleError, match=rf"{name}: can't be read") as caught:
        read_bundle(own_bundle.path)
    assert "\n" not in str(caught.value)
    assert str(own_bundle.path) in str(caught.value)


def test_files_beside_the_bundles_own_are_ignored(own_bundle: Bundle) -> None:
    """A model store may keep its own file in the folder."""
    (own_bundle.path / "model.yaml").write_text("name: abuse\n")
    assert read_bundle(own_bundle.path) == own_bundle


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda manifest: manifest.update(format=6), "format 6, and this release reads 3 to 5; write the bundle again"),
        (lambda manifest: manifest.update(format=2), "format 2, and this release reads 3 to 5; train the model again"),
        (lambda manifest: manifest.update(format=3), "must list exactly"),
        (lambda manifest: manifest.update(format=4), "must list exactly"),
        (lambda manifest: manifest.pop("format"), "format: Field required"),
        (lambda manifest: manifest.update(format="1"), "format: Input should be a valid integer"),
        (lambda manifest: manifest.pop("files"), "files: Field required"),
        (lambda manifest: manifest["files"].pop("card.md"), "must list exactly"),
        (lambda manifest: manifest["files"].pop("card.html"), "must list exactly"),
        (lambda manifest: manifest["files"].update({"../secret": "0"}), "must list exactly"),
        (lambda manifest: manifest.update(model_version="0" * 12), "model_version doesn't belong"),
        (lambda manifest: manifest.update(surprise=1), "surprise: Extra inputs"),
    ],
)
def test_manifest_that_is_wrong_is_refused(
    own_bundle: Bundle, change: Callable[[Manifest], object], complaint: str
) -> None:
    """The manifest is checked before anything that it speaks of."""
    change_manifest(own_bundle, change)
    with pytest.raises(BundleError, match=rf"manifest\.json: .*{complaint}"):
        read_bundle(own_bundle.path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_manifest_that_is_no_json_object_is_refused(own_bundle: Bundle, content: bytes) -> None:
    """Garbage is refused with the file's name, never with a stack trace."""
    (own_bundle.path / "manifest.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"manifest\.json: "):
        read_bundle(own_bundle.path)


def on_other_columns() -> str:
    data = lightgbm.Dataset(np.arange(120.0).reshape(60, 2), np.arange(60) % 2)
    return lightgbm.train({"objective": "cross_entropy", "verbosity": -1, "num_threads": 1}, data, 2).model_to_string()


def wrong_contents(contents: BundleContents) -> dict[str, tuple[BundleContents, str]]:
    columns, texts = contents.columns, contents.reason_texts
    untold = ModelColumn(columns[0].name, "unheard_of")
    swapped = (columns[1], columns[0], *columns[2:])
    head = contents.recovery
    assert head is not None
    return {
        "a column too few": (replace(contents, columns=columns[1:]), r"abuse\.txt: the model takes 12 columns"),
        "no columns": (replace(contents, columns=()), r"abuse\.txt: the model takes 12 columns"),
        "columns swapped": (replace(contents, columns=swapped), r"abuse\.txt: the model's column feature_0 is"),
        "a column twice": (replace(contents, columns=(*columns, columns[0])), r"columns\.json: .*listed twice"),
        "a code untold": (
            replace(contents, columns=(untold, *columns[1:])),
            r"reasons\.json: unheard_of has no text in en",
        ),
        "a language missing": (
            replace(contents, reason_texts={**texts, "buyer_orders": {"en": "Orders"}}),
            r"reasons\.json: buyer_orders has no text in zh-CN",
        ),
        "an empty text": (
            replace(contents, reason_texts={**texts, "buyer_orders": {"en": " ", "zh-CN": "订单"}}),
            r"reasons\.json: buyer_orders has no text in en",
        ),
        "texts unread": (
            replace(contents, reader=small_reader()),
            r"text\.json: has a reader, so columns\.json must end with claim_text_says_not_received to claim_text_dis",
        ),
        "nobody to read": (
            replace(contents, columns=(ModelColumn(TEXT_COLUMNS[3].name, columns[0].reason), *columns[1:])),
            r"text\.json: has no reader, so columns\.json can't go with claim_text_says_not_received",
        ),
        "half a model": (replace(contents, model_text=contents.model_text[:5000]), r"abuse\.txt: not a whole"),
        "half a recovery model": (
            replace(contents, recovery=replace(head, model_text=head.model_text[:5000])),
            r"recovery\.txt: not a whole",
        ),
        "an empty recovery model": (
            replace(contents, recovery=replace(head, model_text="")),
            r"recovery\.txt: not a LightGBM model",
        ),
        "recovery on other columns": (
            replace(contents, recovery=RecoveryHead(on_other_columns(), head.calibration)),
            r"recovery\.txt: the model takes 2 columns and columns\.json lists 12",
        ),
    }


WRONG = ["a column too few", "no columns", "columns swapped", "a column twice", "a code untold", "a language missing"]
WRONG += ["an empty text", "half a model", "texts unread", "nobody to read"]
WRONG += ["half a recovery model", "an empty recovery model", "recovery on other columns"]


@pytest.mark.parametrize("case", WRONG)
def test_contents_that_dont_fit_together_are_neither_written_nor_read(
    bundle_contents: BundleContents, tmp_path: Path, case: str
) -> None:
    """Training can't write what a service would refuse, and a service refuses what somebody else wrote."""
    contents, complaint = wrong_contents(bundle_contents)[case]
    with pytest.raises(BundleError, match=complaint):
        write_bundle(tmp_path / "new", contents)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BundleError, match=complaint):
        read_bundle(put_files(tmp_path / "faulty", contents))


KNOTS = '{"x": [0, 1], "y": [0.1, 0.2]}'


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("calibration.json", '{"abuse": {"x": [1, 0], "y": [0.1, 0.2]}, "recovery": null}', "strictly increase"),
        ("calibration.json", f'{{"abuse": {KNOTS}, "recovery": {{"x": [0, 1], "y": [0.2, 0.1]}}}}', "decrease"),
        ("calibration.json", KNOTS, "abuse: Field required"),
        ("recovery.txt", "", "not a LightGBM model"),
        ("calibration.json", f'{{"abuse": null, "recovery": {KNOTS}}}', "needs exactly the keys x and y"),
        ("calibration.json", "{", "Invalid JSON"),
        ("columns.json", '{"columns": []}', "catalog_hash: Field required"),
        ("columns.json", '{"catalog_hash": "0", "columns": [{"name": 1, "reason": "a"}]}', r"columns\.0\.name"),
        ("reasons.json", '{"a": "text"}', "a: Input should be"),
        ("text.json", "{}", "needs exactly the keys"),
        ("text.json", "nul", "Expecting value"),
    ],
)
def test_file_of_another_shape_is_refused_though_its_hash_is_right(
    bundle_contents: BundleContents, tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    """Hashes say that nothing was changed on the way, not that it was right."""
    folder = put_files(tmp_path / "faulty", bundle_contents)
    put_file(folder, name, text)
    with pytest.raises(BundleError, match=rf"{name}: .*{complaint}"):
        read_bundle(folder)


def test_recovery_model_without_its_calibration_is_refused(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """Its raw score is no probability, so it is not passed over in silence either."""
    folder = put_files(tmp_path / "faulty", bundle_contents)
    put_file(folder, "calibration.json", f'{{"abuse": {KNOTS}, "recovery": null}}')
    with pytest.raises(BundleError, match=r"recovery\.txt: has a model, and calibration\.json none for it"):
        read_bundle(folder)


def test_metric_that_is_not_finite_is_refused(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """JSON has no NaN, so a bundle with one couldn't be read elsewhere."""
    with pytest.raises(BundleError, match=r"manifest\.json: can't be written as JSON"):
        write_bundle(tmp_path / "new", replace(bundle_contents, metrics={"recall": float("nan")}))
    assert list(tmp_path.iterdir()) == []


def test_model_without_column_names_is_taken_by_position(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """A model trained on a bare matrix has only placeholder names."""
    random = np.random.default_rng(1)
    data = lightgbm.Dataset(random.normal(size=(60, 12)), np.arange(60) % 2)
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    unnamed = lightgbm.train(parameters, data, 2).model_to_string()
    assert bundle_contents.recovery is not None
    recovery = replace(bundle_contents.recovery, model_text=unnamed)
    contents = replace(bundle_contents, model_text=unnamed, recovery=recovery)
    assert write_bundle(tmp_path / "new", contents).contents == contents


def test_write_into_an_empty_folder_works(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """A caller may have made the folder already."""
    (tmp_path / "new").mkdir()
    assert write_bundle(tmp_path / "new", bundle_contents).contents == bundle_contents


def test_write_makes_the_folders_above(bundle_contents: BundleContents, tmp_path: Path) -> None:
    """The first bundle of a fresh checkout needs no folder made by hand."""
    assert write_bundle(tmp_path / "a" / "b", bundle_contents).path == tmp_path / "a" / "b"


def test_write_over_a_bundle_is_refused_and_leaves_it_alone(
    own_bundle: Bundle, bundle_contents: BundleContents
) -> None:
    """What a service may be reading is never changed under it."""
    with pytest.raises(BundleError, match="choose a new folder"):
        write_bundle(own_bundle.path, replace(bundle_contents, card="# Other\n"))
    assert read_bundle(own_bundle.path) == own_bundle
    assert [file.name for file in own_bundle.path.parent.iterdir()] == [own_bundle.path.name]


def test_write_that_fails_midway_leaves_nothing(
    bundle_contents: BundleContents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves no half bundle behind."""
    written: list[Path] = []

    def fill_up(file: Path, content: bytes) -> int:
        written.append(file)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return len(content)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(BundleError, match="No space left on device"):
        write_bundle(tmp_path / "new", bundle_contents)
    assert list(tmp_path.iterdir()) == []


def test_bundle_of_another_catalogue_is_refused(bundle: Bundle) -> None:
    """Columns of one catalogue are never fed to a model of another."""
    check_catalog(bundle, "0123456789abcdef")
    with pytest.raises(BundleError, match=r"columns\.json: .*0123456789abcdef.*ffff"):
        check_catalog(bundle, "ffff")
