"""The rows of a chart's table. Thousands of cells, so not by the template's own loops."""

from datetime import datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from worker.charting.chart import Cell, Chart

register = template.Library()

ALARM = mark_safe(' <span class="badge bad">alarm</span>')


@register.simple_tag
def chart_rows(chart: Chart) -> SafeString:
    """All rows: where each stands, and its figures for people and for the browser."""
    return format_html_join("\n", "{}", ((_row(row.at, cells),) for row, cells in chart.lines))


def _row(at: datetime | float, cells: list[Cell]) -> SafeString:
    told = format_html_join(
        "",
        '<td class="number" data-v="{}"{}>{}{}</td>',
        (
            (cell.value, mark_safe(" data-alarmed"), cell.text, ALARM)
            if cell.alarmed
            else (cell.value, "", cell.text, "")
            for cell in cells
        ),
    )
    return format_html('<tr><th scope="row">{}</th>{}</tr>', _head(at), told)


def _head(at: datetime | float) -> SafeString:
    if isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at:%-d %b %H:%M}")
    return format_html('<data value="{}">{}</data>', f"{at:.3g}", f"{at:.2f}")
