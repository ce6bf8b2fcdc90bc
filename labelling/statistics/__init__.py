"""Arrays in, figures out: how far people agree and how often they are right. Pure: no Django.

``docs/agreement.md`` defines each figure, with its least numbers.
"""
