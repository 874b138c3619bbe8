"""Score rows with a LightGBM model through its C library, without importing its Python package.

Importing that package pulls in scikit-learn and pandas where they are installed, which costs seconds at start and
memory for good; and its `predict` costs four times what the C library's single-row call does. The numbers are the
same, bit for bit.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

# Constants of LightGBM's c_api.h.
_PREDICT_RAW_SCORE: Final = 1
_PREDICT_LEAVES: Final = 2
_PREDICT_CONTRIBUTIONS: Final = 3
_FLOAT64: Final = 1
_ROW_MAJOR: Final = 1
_ALL_ITERATIONS: Final = -1
# One claim is one row: a thread pool would cost more than it saves, and would fight with the other workers.
_PARAMETERS: Final = b"num_threads=1 verbosity=-1"
_WRITE_AGAIN: Final = "write it with Booster.model_to_string()"
_LIBRARY_FILES: Final = tuple(
    f"{folder}/{name}"
    for folder in ("lib", "bin")
    for name in ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")
)


class BundleError(Exception):
    """A model bundle that can't be used: the message names the file and says what to do, in one line."""


class Booster:
    """A LightGBM model with one raw score per row, read from its text.

    Safe to share between threads: single rows pass through buffers that are reused, so a lock lets one call in at
    a time. A call takes microseconds (a millisecond or two for `contributions`); give each worker its own Booster
    where that is too long to wait. Each call sets LightGBM's thread count for the whole process to one.

    Give it only a text whose hash was checked: LightGBM itself ends the process on some damaged trees.

    Raises:
        BundleError: the text is no whole LightGBM model, the model has several classes, or the library can't be loaded.
    """

    def __init__(self, model_text: str) -> None:
        _check_text(model_text)
        self._library = _load_library()
        self._lock = threading.Lock()
        handle = _create(self._library, model_text)
        configs: list[ctypes.c_void_p] = []
        self._free = weakref.finalize(self, _free, self._library, handle, configs)
        self._handle = handle
        self.column_names: tuple[str, ...] = _names_in(model_text)
        self.n_columns: int = self._ask("LGBM_BoosterGetNumFeature")
        self.n_trees: int = self._ask("LGBM_BoosterNumberOfTotalModel")
        if (n_classes := self._ask("LGBM_BoosterGetNumClasses")) != 1:
            raise BundleError(f"the model has {n_classes} classes; train one with a single raw score (binary)")
        self._row = np.empty(self.n_columns, dtype=np.float64)
        self._raw = np.empty(1, dtype=np.float64)
        self._parts = np.empty(self.n_columns + 1, dtype=np.float64)
        self._out_length = ctypes.c_int64(0)
        self._raw_call = self._prepare(_PREDICT_RAW_SCORE, self._raw, configs)
        self._parts_call = self._prepare(_PREDICT_CONTRIBUTIONS, self._parts, configs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def raw_score(self, row: NDArray[np.float64]) -> float:
        """The sum of the trees' outputs (for a binary model: log-odds, not calibrated) for one row.

        Args:
            row: float64, shape (columns,); NaN means missing.

        Raises:
            BundleError: the row has another shape, or the booster is closed.
        """
        with self._lock:
            self._predict_row(row, self._raw_call)
            return float(self._raw[0])

    def contributions(self, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far each column moved the raw score (TreeSHAP), and last the bias: float64, shape (columns + 1,).

        The parts sum to `raw_score(row)`, up to rounding.

        Args:
            row: float64, shape (columns,); NaN means missing.

        Raises:
            BundleError: the row has another shape, or the booster is closed.
        """
        with self._lock:
            self._predict_row(row, self._parts_call)
            return self._parts.copy()

    def raw_scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The raw scores of many rows: float64, shape (n,); each equals `raw_score` of its row, bit for bit.

        Args:
            rows: float64, shape (n, columns); NaN means missing.

        Raises:
            BundleError: the rows have another shape, or the booster is closed.
        """
        if rows.ndim != 2 or rows.shape[1] != self.n_columns:
            raise BundleError(f"rows of shape {rows.shape}; the model takes (n, {self.n_columns})")
        matrix = np.ascontiguousarray(rows, dtype=np.float64)
        scores = np.empty(len(matrix), dtype=np.float64)
        if len(matrix):
            with self._lock:
                self._predict_matrix(matrix, scores, _PREDICT_RAW_SCORE)
        return scores

    def leaves(self, rows: NDArray[np.float64]) -> NDArray[np.uint16]:
        """In which leaf of each tree rows fall: shape (n, trees), counted from 0 within the tree.

        The lock is held for as long as it takes, so give few rows at a time where claims are scored beside it.

        Args:
            rows: float64, shape (n, columns); NaN means missing.

        Raises:
            BundleError: the rows have another shape, or the booster is closed.
        """
        if rows.ndim != 2 or rows.shape[1] != self.n_columns:
            raise BundleError(f"rows of shape {rows.shape}; the model takes (n, {self.n_columns})")
        matrix = np.ascontiguousarray(rows, dtype=np.float64)
        found = np.empty((len(matrix), self.n_trees), dtype=np.float64)
        if found.size:
            with self._lock:
                self._predict_matrix(matrix, found, _PREDICT_LEAVES)
        return found.astype(np.uint16)

    def close(self) -> None:
        """Free the model's memory. Calling it twice does no harm; collecting the object does it too."""
        with self._lock:
            self._free()

    def _predict_row(self, row: NDArray[np.float64], call: tuple[object, ...]) -> None:
        if row.shape != self._row.shape:
            raise BundleError(f"a row of shape {row.shape}; the model takes ({self.n_columns},)")
        self._check_open()
        self._row[:] = row
        _check(self._library, self._library.LGBM_BoosterPredictForMatSingleRowFast(*call))

    def _predict_matrix(self, matrix: NDArray[np.float64], out: NDArray[np.float64], predict_type: int) -> None:
        self._check_open()
        status = self._library.LGBM_BoosterPredictForMat(
            self._handle,
            _address(matrix),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(matrix.shape[0]),
            ctypes.c_int32(matrix.shape[1]),
            ctypes.c_int(_ROW_MAJOR),
            ctypes.c_int(predict_type),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_ITERATIONS),
            ctypes.c_char_p(_PARAMETERS),
            ctypes.byref(self._out_length),
            _address(out),
        )
        _check(self._library, status)

    def _prepare(
        self, predict_type: int, out: NDArray[np.float64], configs: list[ctypes.c_void_p]
    ) -> tuple[object, ...]:
        """The arguments of a single-row call, made once: what is left per row is to fill the row's buffer."""
        config = ctypes.c_void_p()
        status = self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
            self._handle,
            ctypes.c_int(predict_type),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_ITERATIONS),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.n_columns),
            ctypes.c_char_p(_PARAMETERS),
            ctypes.byref(config),
        )
        _check(self._library, status)
        configs.append(config)
        return config, _address(self._row), ctypes.byref(self._out_length), _address(out)

    def _ask(self, function: str) -> int:
        answer = ctypes.c_int(0)
        _check(self._library, self._library[function](self._handle, ctypes.byref(answer)))
        return answer.value

    def _check_open(self) -> None:
        if not self._free.alive:
            raise BundleError("the booster is closed; make a new one from the bundle")


@functools.cache
def _load_library() -> ctypes.CDLL:
    path = _find_library()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise BundleError(f"{path}: can't be loaded ({error}); install what it needs, often libgomp") from error
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _find_library() -> Path:
    spec = importlib.util.find_spec("lightgbm")
    if spec is None or not spec.submodule_search_locations:
        raise BundleError("the package lightgbm is not installed; install clearclaim[serving]")
    package = Path(spec.submodule_search_locations[0])
    for file in _LIBRARY_FILES:
        if (package / file).is_file():
            return package / file
    raise BundleError(f"{package}: holds no lib_lightgbm; install lightgbm from its wheel")


def _check_text(model_text: str) -> None:
    """Refuse a text that is cut short or not a model: LightGBM would end the whole process on it."""
    header, _, rest = model_text.partition("\n\n")
    body = rest.encode()
    start = 0
    for number, size in enumerate(_header_line(header, "tree_sizes").split()):
        if not size.isdigit() or not body.startswith(b"Tree=%d\n" % number, start):
            raise BundleError(f"not a whole LightGBM model (tree {number} is damaged); {_WRITE_AGAIN}")
        start += int(size)
    if not body.startswith(b"end of trees", start):
        raise BundleError(f"not a whole LightGBM model (it ends too early); {_WRITE_AGAIN}")


def _names_in(model_text: str) -> tuple[str, ...]:
    return tuple(_header_line(model_text.partition("\n\n")[0], "feature_names").split())


def _header_line(header: str, key: str) -> str:
    lines = header.split("\n")
    for line in lines:
        if lines[0] == "tree" and line.startswith(f"{key}="):
            return line.removeprefix(f"{key}=")
    raise BundleError(f"not a LightGBM model (no {key} in its header); {_WRITE_AGAIN}")


def _create(library: ctypes.CDLL, model_text: str) -> ctypes.c_void_p:
    handle = ctypes.c_void_p()
    n_iterations = ctypes.c_int(0)
    status = library.LGBM_BoosterLoadModelFromString(
        ctypes.c_char_p(model_text.encode()), ctypes.byref(n_iterations), ctypes.byref(handle)
    )
    _check(library, status)
    return handle


def _check(library: ctypes.CDLL, status: int) -> None:
    if status:
        complaint = " ".join(library.LGBM_GetLastError().decode(errors="replace").split())
        raise BundleError(f"LightGBM refused the model or the row ({complaint}); train and write the bundle again")


def _address(array: NDArray[np.float64]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _free(library: ctypes.CDLL, handle: ctypes.c_void_p, configs: list[ctypes.c_void_p]) -> None:
    for config in configs:
        library.LGBM_FastConfigFree(config)
    library.LGBM_BoosterFree(handle)
