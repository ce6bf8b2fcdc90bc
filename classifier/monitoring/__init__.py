"""Arrays in, figures out: drift in four layers, and accuracy with its interval. Pure Python.

``look.look`` compares a window of pictures with references, ``alarms.alarms`` says what two looks
in a row have in common, ``accuracy.estimates`` how often the version is right. ``docs/drift.md``
defines each figure.
"""
