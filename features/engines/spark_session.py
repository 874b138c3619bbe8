"""A Spark session of our own, quiet and closed to the outside, that ends with the work."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import features

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL: Final = "local[*]"

_LOGGING: Final = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n%ex
"""


class SparkError(ValueError):
    """Spark can't start: the message says what is missing."""


@contextmanager
def spark_session(master: str = LOCAL, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session on the cluster at this URL; `local[2]` is this machine with two workers. It is stopped at the end.

    `settings` are Spark's own, by name, and go before ours.

    Its log tells of errors only, it serves no pages, and one on this machine listens on the loopback address alone.
    Workers run the interpreter that PYSPARK_PYTHON names, and this one where it names none.

    Raises:
        SparkError: if there is no Java or no pyspark, or Spark doesn't start.
    """
    _require_java()
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - only who uses Spark needs it
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SparkError(f"the package {error.name} is missing; pip install 'clearclaim[spark]'") from error
    if SparkSession.getActiveSession() is not None:
        raise SparkError("a Spark session is running in this process; hand it to write_spark_vectors, or stop it")
    with tempfile.TemporaryDirectory(prefix="clearclaim-spark-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master(master).appName("clearclaim")
        for name, value in {**_settings(master, Path(folder)), **(settings or {})}.items():
            builder = builder.config(name, value)
        try:
            with warnings.catch_warnings():  # no pandas goes through Spark here
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
                session = builder.getOrCreate()
        except (PySparkException, OSError) as error:
            raise SparkError(f"Spark doesn't start on {master}: {str(error).splitlines()[0]}") from error
        try:
            yield session
        finally:
            session.stop()


def send_features(session: SparkSession) -> None:
    """Send this package to the executors, those that come later too; once a session."""
    from pyspark import SparkFiles  # noqa: PLC0415 - only who uses Spark needs it

    folder = Path(SparkFiles.getRootDirectory()) / "clearclaim"
    if not folder.is_dir():
        folder.mkdir()
        session.sparkContext.addPyFile(str(zip_features(folder)))


def zip_features(folder: Path) -> Path:
    """This package as a zip file in a folder."""
    path = folder / "clearclaim_features.zip"
    package = Path(features.__file__).parent
    with zipfile.ZipFile(path, "w") as archive:
        for source in sorted(package.rglob("*.py")):
            archive.write(source, str(Path("features") / source.relative_to(package)))
    return path


def has_java() -> bool:
    """Whether there is a Java to start."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(str(Path(home) / "bin" / "java") if home else "java") is not None


def _require_java() -> None:
    if not has_java():
        raise SparkError(
            "Spark needs Java 17 or later, and there is none; install it (on Debian: apt-get install "
            "openjdk-17-jre-headless) or set JAVA_HOME; the engine 'partitioned' needs no Java"
        )


def _settings(master: str, folder: Path) -> dict[str, str]:
    logging = folder / "log4j2.properties"
    logging.write_text(_LOGGING, encoding="utf-8")
    settings = {
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging.as_uri()}",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
        "spark.sql.session.timeZone": "UTC",
    }
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return settings
