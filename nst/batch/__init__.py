"""Many pictures from one file of jobs, here or on the workers of a Dask cluster.

    photo,painting,output,size,strength
    a.jpg,waves.jpg,out/a.png,512,
    b.jpg,waves.jpg; mosaic.jpg,out/b.png,,2

A column for each option that is wanted, by its name; paths count from the file's folder. In TOML, [[jobs]]
with the same names, and [defaults] for all of them. Outputs that are done, by the record inside them, are
left alone when the file is run again.

jobs      the file, read and checked: every job before the first is painted
work      one job: bytes in, bytes out, wherever it is done
local     one after another
cluster   on a Dask scheduler
"""
