"""Figures for Prometheus: docs/metrics.md has every name, ADR 0036 why they come from where."""
