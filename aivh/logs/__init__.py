"""One line for each thing that happens, with who caused it and what it was about (docs/logs.md)."""
