"""The lessons as something a person reads: `python -m lessons build OUT`, `python -m lessons notebooks OUT`.

Imports run downwards:

    cells.py        a lesson's file as cells of prose and of code
    child.py        runs a lesson cell by cell, in a process of its own
    runs.py         what each cell printed and showed, kept until something that decides it changes
    addresses.py    where everything is on the site
    names.py        what is defined where in the packages, read without running them
    links.py        which names in a piece of code mean one of those definitions
    code.py         code highlighted, with its links
    maths.py        LaTeX as MathML
    prose.py        Markdown as HTML, with mathematics and links
    docstrings.py   docstrings as HTML
    page.py         what every page has around it
    lesson.py       a lesson's page, and the road
    reference.py    the packages from their docstrings; source.py, their source
    notebooks.py    a lesson as an executed notebook
    folder.py       the folder that all of it goes into, a whole file at a time
    build.py        all together
    site.css        how it looks
"""
