"""Each check is shown a record that breaks its rule, and the nearest one that does not."""

import queries
from queries import answers, ask


def found(check: str, cut: str) -> list[str]:
    return [each["usubjid"] for each in answers.records(ask(f"checks/{check}", cut))]


def test_consent_date_missing(export):
    cut = export(
        dm="""
            usubjid  rficdtc
            missing  .
            partial  2021-01
            dated    2021-01-05
        """
    )
    assert sorted(found("consent_date_missing", cut)) == ["missing", "partial"]


def test_inclusion_before_consent(export):
    cut = export(
        dm="""
            usubjid   rficdtc
            before    2021-01-05
            same day  2021-01-05
            unknown   2021-01-05
        """,
        ds="""
            usubjid   dsdecod             dsstdtc
            before    ENTERED INTO TRIAL  2021-01-04
            same day  ENTERED INTO TRIAL  2021-01-05
            unknown   ENTERED INTO TRIAL  2021-01
        """,
    )
    assert found("inclusion_before_consent", cut) == ["before"]
    [row] = answers.records(ask("checks/inclusion_before_consent", cut))
    assert row["finding"] == "Included on 2021-01-04, before consent on 2021-01-05"


def test_infusion_without_inclusion(export):
    cut = export(
        dm="usubjid\nbefore\nsame day\nfailed",
        ds="""
            usubjid   dsdecod             dsstdtc
            before    ENTERED INTO TRIAL  2021-01-06
            same day  ENTERED INTO TRIAL  2021-01-06
            failed    SCREEN FAILURE      2021-01-06
        """,
        ex="""
            usubjid   exstdtc
            before    2021-01-05
            same day  2021-01-06
            failed    2021-01-07
        """,
    )
    assert sorted(found("infusion_without_inclusion", cut)) == ["before", "failed"]


def test_an_export_in_order_breaks_no_rule(export):
    cut = export(dm="usubjid  rficdtc\nP01      2021-01-05")
    assert [check for check in queries.checks() if found(check.removeprefix("checks/"), cut)] == []
