"""A picture in, a finding out. Pure Python: no Django, no torch."""
