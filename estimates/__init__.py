"""Statistics of the trial, one module per method.

A query names its estimate in its header as ``module.function(column, column)``; the function
gets the rows of the query and those names, and returns a new data frame:

    proportions.exact(rows, "n_events", "n")

Functions are pure: the frame they are given is left as it was. What cannot be estimated is a
missing value (NA, NaT), never a guess and never a zero; what cannot be true, such as more events
than patients, is a ValueError. Each docstring names the source of its method.

scipy is imported inside the functions that need it: scipy.stats alone takes about a second, and
most pages need none of it.
"""
