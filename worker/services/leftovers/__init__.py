"""Files that no row names: what was stored just before its process was killed."""
