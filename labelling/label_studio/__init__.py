"""Label Studio's words and ours: what its projects ask, and what its people answer. No Django."""
