"""Speed beside other simulators: ``make bench``, or ``python -m benchmarks --quick``.

Here: jobs S1 to S4, the peers, and limits that any code meets. Not here: tests; nothing here fails
on a slow machine. Every figure is a ratio within one run.
"""
