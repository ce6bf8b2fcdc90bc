"""``aivh upload``: a folder of pictures, each handed in once, however often it is started."""
