"""Completeness of follow-up: how much of the time that could be observed was observed."""

import pandas as pd


def completeness(rows: pd.DataFrame, observed_days: str, potential_days: str) -> pd.DataFrame:
    """Clark's C: person-time observed, of the person-time that could have been, in percent.

    ``observed_days`` names the column of days from a patient's entry to the last contact, and
    ``potential_days`` that of days from entry to death or to the end of the study (at a data cut,
    to the cut), whichever comes first. So a death counts as complete follow-up, and a patient lost
    early costs more than one lost late.

    Returns one row: ``observed_days``, ``potential_days`` (sums), ``pct_complete`` (0 to 100). All
    are missing without rows. A sum with a missing part is missing, and the percentage with it:
    whoever leaves such a patient out does it in the query, and says so there. ``pct_complete`` is
    missing too when there was no time to observe.

    Raises ValueError for negative days, and for more days observed than there were.

    Source: Clark, Altman, De Stavola, Lancet 2002;359:1309.
    """
    observed = rows[observed_days].astype("Float64")
    potential = rows[potential_days].astype("Float64")
    if (observed < 0).any() or (potential < 0).any():
        raise ValueError("follow-up of less than 0 days")
    if (observed > potential).any():
        raise ValueError("more days of follow-up observed than there were")

    total_observed = observed.sum(skipna=False, min_count=1)
    total_potential = potential.sum(skipna=False, min_count=1)
    is_known = pd.notna(total_observed) and pd.notna(total_potential) and total_potential > 0
    return pd.DataFrame(
        {
            "observed_days": [total_observed],
            "potential_days": [total_potential],
            "pct_complete": [100 * total_observed / total_potential if is_known else pd.NA],
        }
    ).astype("Float64")
