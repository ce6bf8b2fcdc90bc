"""Labelled pictures: found, looked at, kept apart, and checked for what gives the label away."""
