"""The weekly report: what came in, how right the detector was, what was learned, by whom."""
