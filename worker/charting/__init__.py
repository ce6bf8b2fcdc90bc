"""The dashboard's charts: rows of figures in, a chart with its finding in words out. Pure.

A chart is a table first. The page prints the table, the browser draws it, the export writes it.
"""
