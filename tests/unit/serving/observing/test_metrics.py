"""What is counted is told for all workers together, whichever is asked, and costs no more series than declared."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from features.plan import Plan
from serving.observing.declared import METRICS, STAGES, Stage
from serving.observing.drift import WATCHED_COLUMNS
from serving.observing.laps import Laps
from serving.observing.metrics import Metrics
from serving.observing.tallies import MOST_SERIES
from serving.observing.worker_files import WorkerFiles, metrics_folder

Open = Callable[..., Metrics]


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The processes that live."""
    processes = {101, 102}
    monkeypatch.setattr("serving.observing.worker_files._is_alive", lambda process: process in processes)
    return processes


@pytest.fixture
def open_metrics(plan: Plan, tmp_path: Path, alive: set[int]) -> Iterator[Open]:
    """Opens the metrics of workers of one service."""
    opened: list[Metrics] = []

    def open_(process: int = 101) -> Metrics:
        alive.add(process)
        opened.append(Metrics(plan.names, tmp_path / "metrics", str(process - 100), process))
        return opened[-1]

    yield open_
    for each in opened:
        each._files.close()


@pytest.fixture
def metrics(open_metrics: Open) -> Metrics:
    return open_metrics()


def told(metrics: Metrics) -> dict[str, float]:
    """Each sample of the text, as name{label=value}, without the buckets of histograms."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            if "le" not in sample.labels:
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def lap_of(stage: Stage, seconds: float) -> Laps:
    """What the stopwatch of a claim says that has had one stage."""
    laps = Laps()
    laps.seconds.append((stage, seconds))
    return laps


def everything(metrics: Metrics, plan: Plan) -> None:
    """Call each method once."""
    metrics.observe_laps(lap_of("score", 0.0004))
    metrics.count_request("/v1/score", 200, 0.002)
    metrics.count_request("/v1/score", 503, 0.002)
    metrics.count_decision("manual_review", 0.35, "no_model")
    metrics.count_replay()
    metrics.count_conflict()
    metrics.count_events(5, 2)
    metrics.count_shadow("scored", 1)
    metrics.count_vector(np.full(len(plan.names), np.nan))
    metrics.set_reviews(price_minor=12.5, waiting=3, places_left=7.0)
    metrics.set_outbox(oldest_seconds=4, dead=1)
    metrics.set_store(is_open=True)
    metrics.set_versions(policy="p1", champion="m1", challenger="m2")


def test_each_declared_metric_is_told_and_no_other(metrics: Metrics, plan: Plan) -> None:
    """What is declared is what there is; names and help texts reach the scraper."""
    everything(metrics, plan)
    families = {family.name: family for family in text_string_to_metric_families(metrics.text().decode())}
    assert set(families) == {metric.name for metric in METRICS}
    for metric in METRICS:
        assert families[metric.name].type == metric.kind
        assert families[metric.name].documentation == metric.tells


def test_counts_are_told_as_they_were_counted(metrics: Metrics, plan: Plan) -> None:
    """Each method moves its own series."""
    everything(metrics, plan)
    found = told(metrics)
    assert found["clearclaim_requests_total{endpoint=/v1/score,status=2xx}"] == 1
    assert found["clearclaim_decisions_total{action=manual_review}"] == 1
    assert found["clearclaim_degraded_total{cause=no_model}"] == 1
    assert found["clearclaim_events_total{outcome=new}"] == 5
    assert found["clearclaim_events_total{outcome=known}"] == 2
    assert found["clearclaim_reviews_waiting{}"] == 3
    assert found["clearclaim_review_price_minor{}"] == 12.5
    assert found["clearclaim_outbox_dead{}"] == 1
    assert found["clearclaim_store_open{worker=1}"] == 1
    assert found["clearclaim_model_info{role=challenger,version=m2}"] == 1
    assert found["clearclaim_stage_seconds_count{stage=score}"] == 1
    assert found["clearclaim_stage_seconds_sum{stage=score}"] == 0.0004
    assert found["clearclaim_vectors_total{}"] == 1
    assert found["clearclaim_missing_values_total{column=claim_hours_since_delivery}"] == 1
    assert found["clearclaim_worker_memory_bytes{worker=1}"] > 10_000_000


@pytest.mark.parametrize(
    ("seconds", "first"), [(0.0002, "0.00025"), (0.00025, "0.00025"), (0.0026, "0.003"), (10.0, "10.0"), (11, "+Inf")]
)
def test_value_falls_into_the_first_bucket_that_reaches_it(metrics: Metrics, seconds: float, first: str) -> None:
    """Buckets hold what is at most their bound, and count on upwards."""
    metrics.observe_laps(lap_of("whole", seconds))
    lines = re.findall(r'clearclaim_stage_seconds_bucket\{le="(\S+)",stage="whole"\} (\S+)', metrics.text().decode())
    assert next(bound for bound, count in lines if float(count) == 1) == first
    assert len(lines) == 18


def test_laps_are_the_times_of_their_stages(metrics: Metrics) -> None:
    """A stopwatch tells each stage once, and the stages it wasn't asked for not at all."""
    laps = Laps()
    for stage in STAGES[:3]:
        laps.lap(stage)
    metrics.observe_laps(laps)
    found = told(metrics)
    assert [found[f"clearclaim_stage_seconds_count{{stage={stage}}}"] for stage in STAGES[:4]] == [1, 1, 1, 0]


def test_either_worker_tells_what_both_have_counted(open_metrics: Open) -> None:
    """A balancer decides who is asked; the figures are those of the service."""
    first, second = open_metrics(101), open_metrics(102)
    first.count_decision("auto_approve", 0.1)
    second.count_decision("auto_approve", 0.2)
    second.count_decision("manual_review", 0.9)
    first.flush()
    second.flush()
    for asked in (first, second):
        found = told(asked)
        assert found["clearclaim_decisions_total{action=auto_approve}"] == 2
        assert found["clearclaim_decisions_total{action=manual_review}"] == 1
        assert found["clearclaim_abuse_probability_count{}"] == 3
        assert found.keys() >= {f"clearclaim_worker_memory_bytes{{worker={worker}}}" for worker in (1, 2)}


def test_newest_gauge_of_several_workers_counts(open_metrics: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """One store has one queue, whoever looked at it last."""
    moments = iter(float(number) for number in range(1, 99))
    monkeypatch.setattr("time.time", lambda: next(moments))
    first, second = open_metrics(101), open_metrics(102)
    first.set_outbox(oldest_seconds=5, dead=0)
    first.flush()
    second.set_outbox(oldest_seconds=2, dead=0)
    second.flush()
    assert "clearclaim_outbox_oldest_seconds 2.0" in second._files.text().decode()


def test_what_a_killed_worker_counted_goes_on_counting_once(
    open_metrics: Open, alive: set[int], tmp_path: Path
) -> None:
    """Counters never go back; its gauges go, and its files are taken over by the next worker to start."""
    first, killed = open_metrics(101), open_metrics(102)
    killed.count_decision("auto_approve", 0.1)
    killed.flush()
    killed._files.close()
    alive.remove(102)
    found = told(first)
    assert found["clearclaim_decisions_total{action=auto_approve}"] == 1
    assert "clearclaim_worker_memory_bytes{worker=2}" not in found
    third = open_metrics(103)
    third.count_decision("auto_approve", 0.1)
    third.flush()
    for asked in (first, third, first):
        found = told(asked)
        assert found["clearclaim_decisions_total{action=auto_approve}"] == 2
        assert found["clearclaim_abuse_probability_count{}"] == 2
    assert sorted(path.name for path in (tmp_path / "metrics").glob("counter*")) == ["counter_101.db", "counter_103.db"]


def test_worker_with_the_number_of_a_dead_one_goes_on_from_its_counts(open_metrics: Open) -> None:
    """Process numbers come round again."""
    before = open_metrics(101)
    before.count_conflict()
    before.stop()
    again = open_metrics(101)
    again.count_conflict()
    assert told(again)["clearclaim_conflicts_total{}"] == 2


def test_file_that_a_killed_worker_left_unfinished_harms_nobody(tmp_path: Path, alive: set[int]) -> None:
    """Whoever starts next reads past it."""
    assert 999 not in alive
    (tmp_path / "counter_999.db").write_bytes(b"\x01")
    files = WorkerFiles(tmp_path, 101)
    assert [path.name for path in sorted(tmp_path.glob("counter*"))] == ["counter_101.db"]
    files.close()


def test_folder_that_was_emptied_by_others_is_filled_again(open_metrics: Open, tmp_path: Path) -> None:
    """BentoML empties its folder when another service starts from the same home."""
    metrics = open_metrics()
    metrics.count_replay()
    metrics.flush()
    shutil.rmtree(tmp_path / "metrics")
    metrics.count_replay()
    assert told(metrics)["clearclaim_replays_total{}"] == 2


def test_labels_beyond_the_bound_are_counted_together(metrics: Metrics) -> None:
    """A mistake in the service can't make a series for each address that anybody asks for."""
    for number in range(MOST_SERIES + 40):
        metrics.count_request(f"/{number}", 404, 0.001)
    found = told(metrics)
    assert found["clearclaim_requests_total{endpoint=other,status=other}"] == 40
    assert found["clearclaim_request_seconds_count{endpoint=other}"] == 40
    assert len(metrics._requests) == MOST_SERIES


def test_versions_of_before_are_told_no_more(metrics: Metrics) -> None:
    """The dashboard shows what is in force; going back to an earlier version works as well."""
    for champion in ("m1", "m2", "m1", None, "m3"):
        metrics.set_versions(policy="p1", champion=champion)
        found = [name for name in told(metrics) if name.startswith("clearclaim_model_info")]
        assert found == ([] if champion is None else [f"clearclaim_model_info{{role=champion,version={champion}}}"])


def test_threads_lose_no_count(metrics: Metrics) -> None:
    """Whatever answers claims, and the one that writes out, count together."""

    def count() -> None:
        for _ in range(2_000):
            metrics.observe_laps(lap_of("whole", 0.001))
            metrics.count_vector(vector)
            metrics.count_replay()

    vector = np.full(len(WATCHED_COLUMNS) + 300, np.nan)
    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        metrics.flush()
    for thread in threads:
        thread.join()
    found = told(metrics)
    assert found["clearclaim_replays_total{}"] == found["clearclaim_vectors_total{}"] == 8_000
    assert found["clearclaim_stage_seconds_count{stage=whole}"] == 8_000
    assert found["clearclaim_missing_values_total{column=claim_share_of_order}"] == 8_000


def test_watched_columns_are_the_catalogues(plan: Plan) -> None:
    """A column that is renamed isn't silently watched no more."""
    assert set(WATCHED_COLUMNS) <= set(plan.names)


def test_folder_is_bentomls_with_one_of_its_own_for_each_service(tmp_path: Path) -> None:
    """Workers of one service share a parent; without BentoML there is a new folder."""
    found = metrics_folder({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)})
    assert found.parent == tmp_path
    assert metrics_folder({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}) == found
    alone = metrics_folder({})
    assert alone != metrics_folder({})
    shutil.rmtree(alone)
