"""What ``manage.py doctor`` looks at.

A check returns what it found in a few words, or raises :class:`Wrong` or :class:`Doubtful` with
what is wrong and what to do. It may take its time: whoever asks does not wait for ever.
"""
