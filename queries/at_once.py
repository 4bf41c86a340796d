"""A question asked of many cuts at once.

A question is written for one cut, and to plan it takes longer than to answer it. Here a table holds
the rows of every cut, and the question stands in a lateral join where each name means the rows of
one cut; so it is planned once, and says of a cut what it says of that cut alone.
"""

import re
from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from data import Export, Trial, export
from data.database import Database, run, table_from
from queries import TABLES, add_protocol, parsed, read, tables_named


class Cuts:
    """Some cuts of a trial, by name, to be asked together."""

    def __init__(self, trial: Trial, exports: Mapping[str, Export]) -> None:
        self.known = trial.protocol.parameters() | {"cohort": None}
        self.built = dict.fromkeys(export.TABLES)  # the tables that there are
        self.database = Database(sum(each.n_bytes for each in exports.values()))
        self.con = self.database.cursor()
        add_protocol(self.con, trial)
        table_from(self.con, "every_cut", pa.table({"cut_on": list(map(_day, exports))}))
        tables = {cut: each.tables() for cut, each in exports.items()}
        for name in export.TABLES:
            rows = [_of(cut, each[name]) for cut, each in tables.items()]
            table_from(self.con, f"every_{name}", pa.concat_tables(rows))

    def ask(self, question: str) -> pa.Table:
        """The answer for each cut, with the cut's day, cut_on, before its columns.

        It has to be one that SQL alone answers, from the tables of one cut.
        """
        sql = read(question).sql
        for name in (each for each in TABLES if each in tables_named(sql) - self.built.keys()):
            self._keep(f"every_{name}", read(f"tables/{name}").sql)
            self.built[name] = None
        self._keep("answer", sql)
        return self.con.sql("from answer").to_arrow_table()

    def _keep(self, table: str, sql: str) -> None:
        """Make a table of the answer of a select for each cut."""
        means = ",\n".join(
            f"{name} as (select * exclude (cut_on) from every_{name} where cut_on = each.cut_on)"
            for name in self.built
            if re.search(rf"\b{name}\b", sql)
        )
        own = sql.replace("$cut_on", "each.cut_on")
        whole = f"""
            create or replace table {table} as
            select each.cut_on, answer.*
            from every_cut as each, lateral (
                with {means}
                select * from (
                    {own}
                )
            ) as answer
        """
        statement = parsed(whole)
        run(self.con, statement, {name: self.known[name] for name in statement.named_parameters})


def _day(cut: str) -> date:
    return date.fromisoformat(cut)


def _of(cut: str, rows: pa.Table) -> pa.Table:
    """The rows with their cut; text without a dictionary, since each cut has another."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in rows.schema
    ]
    day = pa.repeat(pa.scalar(_day(cut)), rows.num_rows)
    return rows.cast(pa.schema(fields)).add_column(0, "cut_on", day)
