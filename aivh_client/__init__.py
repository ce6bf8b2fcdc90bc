"""``aivh``, the command line that talks to a site. Runs where neither Django nor torch is."""
