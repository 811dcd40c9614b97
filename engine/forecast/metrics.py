"""What the server counted, as Prometheus reads it (text exposition format 0.0.4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(eq=False)
class Metrics:
    """Counted on the event loop alone."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    series: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    rows: int = 0
    room: int = 0
    failures: int = 0
    model_s: float = 0.0

    def request(self, path: str, status: int) -> None:
        self.requests[path, status] += 1

    def statuses(self, words: list[str]) -> None:
        self.series.update(words)

    def batch(self, rows: int, room: int, seconds: float) -> None:
        self.batches += 1
        self.rows += rows
        self.room += room
        self.model_s += seconds

    def failed(self, rows: int) -> None:
        self.failures += rows

    def series_a_second(self) -> float:
        """The model's rate so far; 0 before its first batch."""
        return self.rows / self.model_s if self.model_s else 0.0

    def text(self, waiting: int) -> str:
        lines = ["# TYPE sparko_forecast_requests_total counter"]
        for (path, status), count in sorted(self.requests.items()):
            lines.append(f'sparko_forecast_requests_total{{path="{path}",status="{status}"}} {count}')
        lines.append("# TYPE sparko_forecast_series_total counter")
        for name, count in sorted(self.series.items()):
            lines.append(f'sparko_forecast_series_total{{status="{name}"}} {count}')
        for name, kind, value in self._plain(waiting):
            lines += [f"# TYPE {name} {kind}", f"{name} {value}"]
        return "\n".join(lines) + "\n"

    def _plain(self, waiting: int) -> tuple[tuple[str, str, float], ...]:
        return (
            ("sparko_forecast_batches_total", "counter", self.batches),
            ("sparko_forecast_batch_rows_total", "counter", self.rows),
            ("sparko_forecast_batch_room_total", "counter", self.room),
            ("sparko_forecast_model_failures_total", "counter", self.failures),
            ("sparko_forecast_model_seconds_total", "counter", round(self.model_s, 6)),
            ("sparko_forecast_waiting_series", "gauge", waiting),
        )
