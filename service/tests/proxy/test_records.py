"""Lines of the access log and metrics."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from counterfoil.proxy.records import AccessLog, ProxyMetrics, Record

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def record(**known: Any) -> Record:
    return Record(**{"request_id": "r", "method": "GET", "path": "/proxy/x", **known})


def line(**known: Any) -> bytes:
    lines: list[bytes] = []
    AccessLog(lines.append).add(record(**known), NOW)
    [only] = lines
    return only


def test_a_line_says_what_happened() -> None:
    told = orjson.loads(line(status=200, provider="p", duration_seconds=0.012345, key_id=3))
    assert told["timestamp"] == "2026-11-24T12:00:00Z"
    assert (told["event"], told["status"], told["provider"], told["key"]) == ("proxied", 200, "p", 3)
    assert told["duration_ms"] == 12.35


@pytest.mark.parametrize("text", ["a\r\nb", "a\x1b[31mb", "a\u2028b", "a\u2029b", "a\u0085b", '"}\n{"'])
def test_nothing_in_it_makes_two_lines_of_one(text: str) -> None:
    one = line(connection_id=text, path=text)
    assert len(one.decode().splitlines()) == 1
    assert b"\x1b" not in one
    assert orjson.loads(one)["connection"] == text


def test_a_line_stays_short() -> None:
    assert len(line(path="x" * 100_000, connection_id="é" * 100_000)) < 4096


def test_standard_error_is_where_lines_go(capfd: pytest.CaptureFixture[str]) -> None:
    AccessLog().add(record(status=200), NOW)
    assert orjson.loads(capfd.readouterr().err)["status"] == 200


def test_metrics_count_and_time() -> None:
    registry = CollectorRegistry()
    metrics = ProxyMetrics(registry)
    for _ in range(3):
        metrics.add(record(status=200, provider="p", duration_seconds=0.02))
    labels = {"provider": "p", "method": "GET", "status": "200"}
    assert registry.get_sample_value("counterfoil_proxy_requests_total", labels) == 3
    buckets = {"provider": "p", "le": "0.025"}
    assert registry.get_sample_value("counterfoil_proxy_request_seconds_bucket", buckets) == 3


def test_made_up_methods_are_one_series() -> None:
    registry = CollectorRegistry()
    metrics = ProxyMetrics(registry)
    for number in range(100):
        metrics.add(record(method=f"M{number}", status=405))
    labels = {"provider": "", "method": "other", "status": "405"}
    assert registry.get_sample_value("counterfoil_proxy_requests_total", labels) == 100
