"""A chart as a table for programs: CSV and JSON."""

import csv
from datetime import datetime
from io import StringIO
from typing import Any

from worker.charting.chart import Chart


def to_csv(chart: Chart) -> str:
    """A head, and a line for each row; what is not known is empty. Times are ISO 8601."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow([chart.first, *(series.name for series in chart.series)])
    for row in chart.rows:
        lines.writerow([_at(row.at), *("" if v is None else f"{v:.6g}" for v in row.values)])
    return text.getvalue()


def to_dict(chart: Chart) -> dict[str, Any]:
    """``rows`` hold ``at``, ``values`` in the order of ``series``, and the ``alarmed`` series."""
    names = [series.name for series in chart.series]
    return {
        "chart": chart.slug,
        "title": chart.title,
        "what": chart.what,
        "unit": chart.unit,
        "level": chart.level,
        "series": names,
        "rows": [
            {
                "at": _at(row.at),
                "values": list(row.values),
                "alarmed": [names[place] for place in sorted(row.alarmed)],
            }
            for row in chart.rows
        ],
    }


def _at(moment: datetime | float) -> str | float:
    return moment.isoformat() if isinstance(moment, datetime) else moment
