"""Labelled pictures in, a bundle out. The only room that imports torch; a refit needs none."""
