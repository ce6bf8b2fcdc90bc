"""Writing pictures out for other programs: rows in, one file out, however many there are."""
