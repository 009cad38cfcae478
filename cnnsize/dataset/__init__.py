"""The members of a family as a Parquet data set: a folder of files that can be written in any order.

A partition is a range of member numbers, and needs nothing but the ``question`` to be computed:
``ranges`` sizes its members, ``columns`` makes a table of them, and ``partition`` the bytes of a
file. ``local`` does so on the cores of this machine, and ``cluster`` on those of a Dask cluster;
``folder`` writes the files, so that a run that is killed can go on; ``run`` puts it together.
"""
