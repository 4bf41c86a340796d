"""The trial's parameters: protocol.toml, checked.

Nothing about the trial is written in code. What the protocol file leaves out is None, and the
screens say "not set in protocol.toml"; only the standard vocabulary of CDISC has a default.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)


def _in_capitals(terms: list[str]) -> list[str]:
    return [term.upper() for term in terms]


def _distinct(key: str | None = None, in_any_case: bool = False) -> AfterValidator:
    def check(rows: list[Any]) -> list[Any]:
        values = [getattr(row, key) if key else row for row in rows]
        told_by = [value.casefold() if in_any_case else value for value in values]
        pairs = zip(values, told_by, strict=True)
        twice = sorted({str(value) for value, by in pairs if told_by.count(by) > 1})
        if twice:
            raise ValueError(f"{key or 'the value'} {', '.join(twice)} stands there twice")
        return rows

    return AfterValidator(check)


def _one_name(name: str) -> str:
    if re.search("[,;]", name):
        raise ValueError("a comma separates categories, one cannot hold any")
    return name


def _folder(place: str) -> str:
    if "://" in place:
        raise ValueError("addresses are not read yet, name a folder")
    return place


def _panel(place: str) -> str:
    if not re.fullmatch(r"[a-z_]+/[a-z0-9 -]+", place):
        raise ValueError("write the page, a slash and the panel: recruitment/against plan")
    return place


# Each is strict: TOML knows its types, and "3", true and 3 are three values.
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day = Annotated[date, Field(strict=True)]
Days = Annotated[StrictInt, Field(ge=0)]
Count = Annotated[StrictInt, Field(gt=0)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(gt=0, lt=1)]
Terms = Annotated[list[Text], AfterValidator(_in_capitals)]  # as the questions compare them


class ProtocolError(Exception):
    """protocol.toml cannot be used. The message lists every error, each with its path."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(Part):
    registry_number: Text
    title: Text
    sponsor_code: Text | None = None
    eudract_number: Text | None = None
    phase: Text | None = None
    sponsor: Text | None = None
    investigator: Text | None = None
    site: Text | None = None
    registry_status: Text | None = None
    registry_status_on: Day | None = None


class Recruitment(Part):
    target: Count
    counts: Literal["included", "treated"]
    starts_on: Day
    ends_on: Day

    @field_validator("ends_on")
    @classmethod
    def window(cls, ends_on: date, info: ValidationInfo) -> date:
        if ends_on <= info.data.get("starts_on", date.min):
            raise ValueError("must be later than starts_on")
        return ends_on


class Forecast(Part):
    prior_weight: Annotated[Number, Field(ge=0, le=1)] | None = None


class Eligibility(Part):
    """What the checks know of the criteria: the ages admitted, in completed years."""

    age_min: Count | None = None
    age_max: Count | None = None

    @field_validator("age_max")
    @classmethod
    def ages(cls, oldest: int | None, info: ValidationInfo) -> int | None:
        youngest = info.data.get("age_min")
        if None not in (youngest, oldest) and youngest > oldest:
            raise ValueError("must not be smaller than age_min")
        return oldest


class Group(Part):
    code: Text
    label: Text
    primary_outcome: Literal["invasive ventilation", "vital status"] | None = None


class Dosing(Part):
    n_infusions: Count | None = None
    dose_min_per_kg: Positive | None = None
    dose_max_per_kg: Positive | None = None
    interval_min_days: Days | None = None
    interval_max_days: Days | None = None
    same_donor: StrictBool | None = None
    first_within_days: Days | None = Field(None, title="the time to the first infusion")

    @field_validator("dose_max_per_kg", "interval_max_days")
    @classmethod
    def ranges(cls, largest: float | None, info: ValidationInfo) -> float | None:
        low = info.field_name.replace("max", "min")
        smallest = info.data.get(low)
        if None not in (smallest, largest) and smallest > largest:
            raise ValueError(f"must not be smaller than {low}")
        return largest


class DoseUnit(Part):
    """A unit of ex.exdosu: how many cells it stands for."""

    unit: Text
    cells: Positive
    is_per_kg: StrictBool


class Numbering(Part):
    day_zero: Literal["inclusion", "first infusion"] = "inclusion"
    first_day: Annotated[StrictInt, Field(ge=0, le=1)] = 0


class Disposition(Part):
    """What dsdecod says: CDISC controlled terminology (PROTMLST, NCOMPLT) unless overruled."""

    consented: Terms = ["INFORMED CONSENT OBTAINED", "INFORMED CONSENT"]
    eligible: Terms = ["ELIGIBILITY CRITERIA MET"]
    included: Terms = ["ENTERED INTO TRIAL", "RANDOMIZED", "RANDOMISED"]
    screen_failed: Terms = ["SCREEN FAILURE", "SCREENING FAILURE", "SCREENED FAILURE"]
    completed: Terms = ["COMPLETED"]
    died: Terms = ["DEATH"]
    lost: Terms = ["LOST TO FOLLOW-UP"]
    withdrawn: Terms = [
        "ADVERSE EVENT",
        "FAILURE TO MEET RANDOMIZATION CRITERIA",
        "LACK OF EFFICACY",
        "NON-COMPLIANCE WITH STUDY DRUG",
        "OTHER",
        "PHYSICIAN DECISION",
        "PREGNANCY",
        "PROTOCOL DEVIATION",
        "PROTOCOL VIOLATION",
        "SITE TERMINATED BY SPONSOR",
        "STUDY TERMINATED BY SPONSOR",
        "WITHDRAWAL BY PARENT/GUARDIAN",
        "WITHDRAWAL BY SUBJECT",
        "WITHDRAWAL OF CONSENT",
    ]


class Visit(Part):
    visitnum: Number
    visit: Text
    target_day: StrictInt
    days_before: Days | None = None
    days_after: Days | None = None


class Outcomes(Part):
    days: Annotated[list[Count], _distinct()] = []


class AdverseEvents(Part):
    model_config = ConfigDict(validate_default=True)

    infusional_hours: Positive | None = None
    related: Terms = []
    not_related: Terms = []
    serious: Terms = ["Y", "YES"]
    not_serious: Terms = ["N", "NO"]

    @field_validator("not_related", "not_serious")
    @classmethod
    def one_meaning(cls, terms: list[str], info: ValidationInfo) -> list[str]:
        opposite = info.field_name.removeprefix("not_")
        both = sorted(set(terms) & set(info.data.get(opposite, [])))
        if both:
            raise ValueError(f"{', '.join(both)} stands in {opposite} too")
        return terms


class SpecialInterest(Part):
    category: Annotated[Text, AfterValidator(_one_name)]
    system_organ_classes: Terms = []
    preferred_terms: Terms = []


class Deviations(Part):
    """The categories of dv, in upper case, by what they are about."""

    dosing: Terms = ["DOSING"]
    visits: Terms = ["VISIT", "VISITS"]


class Support(Part):
    """What prtrt says, in upper case. Without terms, nothing is worked out from pr."""

    model_config = ConfigDict(validate_default=True)

    invasive_ventilation: Terms = []
    oxygen: Terms = []
    ecmo: Terms = []

    @field_validator("oxygen", "ecmo")
    @classmethod
    def one_kind(cls, terms: list[str], info: ValidationInfo) -> list[str]:
        others = [name for name in ("invasive_ventilation", "oxygen") if name in info.data]
        for other in others:
            both = sorted(set(terms) & set(info.data[other]))
            if both:
                raise ValueError(f"{', '.join(both)} stands in {other} too")
        return terms


class SecondaryOutcome(Part):
    """An outcome that is not primary, and the tables of the contract that can feed it."""

    measure: Text
    until_day: Count | None = None
    fed_by: list[Text] = []


class ScaleScore(Part):
    """A score of the clinical scale of rs, in words."""

    score: Number
    label: Text


class Clock(Part):
    """A reporting clock. `kind` says what it is for; without one, it runs for nothing."""

    event: Text
    kind: Literal["susar_fatal", "susar", "sae"] | None = None
    due_days: Count
    follow_up_days: Count | None = None


class StoppingRule(Part):
    name: Text
    event: Text
    within_days: Count | None = None
    type: Literal["beta-binomial", "pocock"]
    p0: Share
    alpha: Share
    prior_alpha: Positive | None = None
    prior_beta: Positive | None = None
    first_n: Count = 1

    @model_validator(mode="after")
    def prior(self) -> "StoppingRule":
        if self.type == "beta-binomial" and None in (self.prior_alpha, self.prior_beta):
            raise ValueError("a beta-binomial rule needs prior_alpha and prior_beta")
        return self


class ReportingRole(Part):
    audience: Literal["pi", "dsmb", "sponsor"]
    name: Text


class Meeting(Part):
    """What is shown on a shared screen, in this order; every page's panels if nothing is set."""

    agenda: Annotated[list[Annotated[Text, AfterValidator(_panel)]], _distinct()] = []


class Protocol(Part):
    """The whole of protocol.toml."""

    exports: Annotated[Text, AfterValidator(_folder)] = "exports"
    group_column: Literal["cohort", "armcd", "actarmcd"] = "cohort"
    stale_after_days: Days | None = None
    identity: Identity
    recruitment: Recruitment
    forecast: Forecast = Forecast()
    eligibility: Eligibility = Eligibility()
    groups: Annotated[list[Group], _distinct("code", in_any_case=True)] = []
    dosing: Dosing = Dosing()
    dose_units: Annotated[list[DoseUnit], _distinct("unit")] = []
    days: Numbering = Numbering()
    disposition: Disposition = Disposition()
    schedule: Annotated[list[Visit], _distinct("visitnum"), _distinct("visit")] = Field(
        [], title="the schedule of visits"
    )
    outcomes: Outcomes = Outcomes()
    adverse_events: AdverseEvents = AdverseEvents()
    special_interest: Annotated[list[SpecialInterest], _distinct("category")] = []
    deviations: Deviations = Deviations()
    support: Support = Support()
    clinical_scale: Annotated[list[ScaleScore], _distinct("score")] = []
    secondary_outcomes: Annotated[list[SecondaryOutcome], _distinct("measure")] = []
    clocks: Annotated[list[Clock], _distinct("event")] = []
    stopping_rules: Annotated[list[StoppingRule], _distinct("name")] = []
    reporting_roles: list[ReportingRole] = []
    meeting: Meeting = Meeting()

    def parameters(self) -> dict[str, Any]:
        """What SQL may name with a $: `recruitment.target` as `recruitment_target`."""
        parameters = {"group_column": self.group_column, "stale_after_days": self.stale_after_days}
        for section, part in self:
            if isinstance(part, Part):
                parameters |= {f"{section}_{name}": value for name, value in part}
        return parameters

    def tables(self) -> list[tuple[str, type[Part], list[Part]]]:
        """What SQL may read as a table: each array of tables, with its name and its model."""
        return [
            (name, get_args(type(self).model_fields[name].annotation)[0], rows)
            for name, rows in self
            if isinstance(rows, list)
        ]


_SQL_TYPES = {str: "varchar", int: "integer", float: "double", bool: "boolean", date: "date"}


def sql_columns(model: type[Part]) -> dict[str, str]:
    """The columns of a model's table with their SQL types."""
    return {name: _sql_type(field.annotation) for name, field in model.model_fields.items()}


def _sql_type(annotation: Any) -> str:
    if annotation in _SQL_TYPES:
        return _SQL_TYPES[annotation]
    inner = [each for each in get_args(annotation) if each is not type(None)]
    if get_origin(annotation) is list:
        return f"{_sql_type(inner[0])}[]"
    return "varchar" if isinstance(inner[0], str) else _sql_type(inner[0])


def read(file: Path, overlay: Path | None = None) -> Protocol:
    """Check protocol.toml, with the values of `overlay` laid over it if that file is there.

    Raises ProtocolError, which lists all that is wrong.
    """
    values, source = _toml(file), str(file)
    if overlay and overlay.exists():
        values, source = _merged(values, _toml(overlay)), f"{file}, with {overlay.name} over it,"
    try:
        return Protocol.model_validate(values)
    except ValidationError as error:
        lines = [f"{_path(each['loc'])}: {_words(each)}" for each in error.errors()]
        raise ProtocolError(f"{source} cannot be used.\n" + "\n".join(lines)) from None


def in_words(file: Path) -> tuple[str, ...]:
    """What an overlay sets, for its readers: the words of the model, else the name in the file."""
    return tuple(_named(_toml(file), Protocol)) if file.exists() else ()


def _named(values: dict[str, Any], model: type[Part], of: str = "") -> Iterator[str]:
    for name, value in values.items():
        field = model.model_fields[name]
        if isinstance(value, dict):
            yield from _named(value, field.annotation, of=f" of {name.replace('_', ' ')}")
        else:
            yield field.title or f"the {name.replace('_', ' ')}{of}"


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ProtocolError(
            f"{file} is missing: a trial is a folder with a protocol.toml."
        ) from None
    except OSError as error:
        raise ProtocolError(f"{file} cannot be opened. {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"{file} is not valid TOML. {error}") from None


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        inside = isinstance(value, dict) and isinstance(below.get(name), dict)
        merged[name] = _merged(below[name], value) if inside else value
    return merged


def _path(place: tuple[int | str, ...]) -> str:
    """The path of an error as a reader counts: schedule, 2nd entry -> schedule[2]."""
    path = ""
    for step in place:
        path += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if path else step
    return path or "protocol.toml"


def _words(error: dict[str, Any]) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "is not a name that the protocol file knows"
        case "missing":
            return "is missing"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            found = error["input"]
            shown = str(found) if isinstance(found, date) else repr(found)
            return f"{error['msg'].lower()}, not {shown}"
