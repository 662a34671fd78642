"""The data dictionary of a trial's tables: what each variable of each table is.

Here: labels, units and meanings. Not here: values (``trials.subjects``, ``trials.scans``,
``trials.nonmem_table``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countermove.trials.dosing import amounts, observed_of
from countermove.trials.study import Study

if TYPE_CHECKING:
    import pandas as pd

TITLES = {
    "adsl": "Subject-level: one row a randomized patient",
    "adtte": "Times to events: one row a patient and endpoint",
    "adtr": "Sums of diameters: one row a scan that was read",
    "adrs": "Responses by RECIST: one row a scan, and two of best responses a patient",
    "nonmem": "Doses and observations, NONMEM style",
}
KEYS = {
    "adsl": ("USUBJID",),
    "adtte": ("USUBJID", "PARAMCD"),
    "adtr": ("USUBJID", "AVISITN"),
    "adrs": ("USUBJID", "PARAMCD", "AVISITN"),
    "nonmem": ("ID", "TIME", "EVID", "CMT"),
}
"""Variables by which no two rows of a table are the same."""

# variable: label, unit, meaning
_SUBJECT = {
    "STUDYID": ("Study identifier", "", "Name of the study; the patients are virtual."),
    "USUBJID": ("Unique subject identifier", "", "STUDYID and SUBJID."),
    "TRT01P": ("Planned treatment", "", "Arm that the patient was randomized to."),
    "TRT01PN": ("Planned treatment (N)", "", "Its number; 1 is the control."),
}
_ADSL = {
    "SUBJID": ("Subject identifier", "", "Number in order of entry, from 1; ID of nonmem."),
    "PATIENT": ("Patient of the runs", "", "Number of the patient in the runs, from 0."),
    "ARM": ("Arm", "", "The same as TRT01P."),
    "ARMCD": ("Arm code", "", "ARM and its number."),
    "TRT01A": ("Actual treatment", "", "The same as TRT01P, before any crossover."),
    "POLICY": ("Policy of the arm", "", "Policy by which the arm is treated."),
    "STRATUM": ("Stratum", "", "Number of the stratum of randomization; 1 where there are none."),
    "RANDDY": ("Day of randomization", "days", "Since the trial opened."),
    "RANDFL": ("Randomized by the cutoff", "", "N: the trial stopped before the patient entered."),
    "ITTFL": ("Intent-to-treat population", "", "Everybody randomized by the cutoff."),
    "SAFFL": ("Safety population", "", "Of them, who lived to the start of treatment."),
    "FASFL": ("Full analysis set", "", "Of them, who the trial analyzes: all, or the evaluable."),
    "EOSSTT": ("End of study status", "", "DISCONTINUED or, at the cutoff, ONGOING."),
    "DCSREAS": ("Reason of discontinuation", "", "DEATH or LOST TO FOLLOW-UP."),
    "EOSDY": ("Day of the end on study", "days", "Randomization to death, loss or the cutoff."),
    "DTHFL": ("Death on study", "", "Y or N."),
    "DTHDY": ("Day of death", "days", "Since randomization; missing without a death on study."),
    "XOVERFL": ("Crossed over", "", "Whether the patient went over to the second arm."),
    "XOVERDY": ("Day of crossover", "days", "Since randomization."),
    "RESPFL": ("Response seen", "", "Complete or partial response at a scan by the cutoff."),
}
_ADTTE = {
    "PARAMCD": ("Parameter code", "", "PFS, TTP, OS, PFS2, or DOR of responders."),
    "PARAM": ("Parameter", "", "Its name."),
    "AVAL": (
        "Analysis value",
        "days",
        "Days to the event or to censoring: of OS at the last day known, of the others at the last "
        "scan that could be judged.",
    ),
    "AVALU": ("Unit of AVAL", "", "DAYS."),
    "CNSR": ("Censor", "", "0: event; 1: censored."),
    "EVNTDESC": ("Event", "", "What the event is; empty where censored."),
    "CNSDTDSC": ("Reason of censoring", "", "Why nothing is known after; empty for an event."),
    "STARTDY": ("Day the time starts", "days", "Since the trial opened: randomization; response."),
    "PRIMFL": ("Endpoint of the trial", "", "Y: the rows by which the arms are compared."),
}
_ADTR = {
    "PARAMCD": ("Parameter code", "", "SUMDIAM."),
    "PARAM": ("Parameter", "", "Sum of the longest diameters of the target lesions."),
    "AVISITN": ("Number of the scan", "", "Among those that were read; 0 is the first."),
    "ADY": ("Day of the scan", "days", "Since randomization; 0 is the day of randomization."),
    "AVAL": ("Analysis value", "cm", "The sum as read; 0: too small to be seen."),
    "AVALU": ("Unit of AVAL", "", "cm."),
    "ABLFL": ("Baseline", "", "Y for the last scan up to day 0."),
    "BASE": ("Baseline value", "cm", "AVAL of the baseline."),
    "CHG": ("Change from baseline", "cm", "AVAL - BASE, after baseline."),
    "PCHG": ("Percent change from baseline", "%", "100 CHG / BASE."),
    "NADIR": ("Lowest value before", "cm", "From baseline to just before the scan."),
    "PCHGNAD": ("Percent change from nadir", "%", "100 (AVAL - NADIR) / NADIR."),
}
_ADRS = {
    "PARAMCD": ("Parameter code", "", "OVRLRESP at a scan; BOR and CBOR of the patient."),
    "PARAM": ("Parameter", "", "Its name; CBOR is the best response with each one confirmed."),
    "AVISITN": ("Number of the scan", "", "After baseline, from 1; -1 of BOR and CBOR."),
    "ADY": ("Day of the response", "days", "Since randomization; missing if BOR is no response."),
    "AVAL": ("Analysis value", "", "1 CR, 2 PR, 3 SD, 4 PD, 5 NE."),
    "AVALC": ("Response", "", "CR, PR, SD, PD or NE, by the criterion of the trial."),
}
_NONMEM = {
    "ID": ("Subject", "", "SUBJID as a number."),
    "TIME": ("Time", "days", "Since randomization."),
    "EVID": ("Event type", "", "0: observation; 1: dose."),
    "AMT": ("Amount", "", "Of a dose, by CMT: {amounts}."),
    "RATE": ("Rate of an infusion", "", "AMT a day; 0: all at once."),
    "II": ("Dosing interval", "days", "To the next of the additional doses."),
    "ADDL": ("Additional doses", "", "How many of the same dose follow, II apart."),
    "CMT": ("Compartment", "", "{compartments}."),
    "DV": ("Observed value", "", "In the unit of its DVID; the limit where CENS is 1."),
    "DVID": ("Kind of observation", "", "{kinds}; 0 of a dose."),
    "MDV": ("Missing value", "", "1: DV is none, as of a dose."),
    "CENS": ("Censored", "", "1: the reading lies below DV, the limit."),
    "LIMIT": ("Lower end if censored", "", "0 where CENS is 1; missing elsewhere."),
}
_TABLES = {
    "adsl": {**_SUBJECT, **_ADSL},
    "adtte": {**_SUBJECT, **_ADTTE},
    "adtr": {**_SUBJECT, **_ADTR},
    "adrs": {**_SUBJECT, **_ADRS},
    "nonmem": _NONMEM,
}
_TYPES = {"f": "number", "i": "integer", "u": "integer", "b": "flag"}


def dictionary_of(study: Study, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Say what each variable of each table is.

    Parameters
    ----------
    study
        What the tables were made of.
    tables
        By name.

    Returns
    -------
    One row a variable, in the order of the tables: ``table``, ``variable``, ``label``, ``type``
    (text, integer or number), ``unit``, ``meaning``.
    """
    import pandas as pd

    own = _words(study)
    rows: list[dict[str, str]] = []
    for name, table in tables.items():
        for column in table.columns:
            label, unit, meaning = _TABLES[name].get(column) or _covariate(str(column))
            rows.append(
                {
                    "table": name,
                    "variable": str(column),
                    "label": label,
                    "type": _TYPES.get(table[column].dtype.kind, "text"),
                    "unit": unit,
                    "meaning": meaning.format(**own) if name == "nonmem" else meaning,
                }
            )
    return pd.DataFrame(rows)


def as_markdown(dictionary: pd.DataFrame) -> str:
    """Write a dictionary as a page of tables."""
    parts = ["# Data dictionary", "", "Virtual patients. Days count from 0; a missing value is", ""]
    parts[2] += " empty in CSV, and a period in nonmem.csv."
    for name, rows in dictionary.groupby("table", sort=False):
        parts += [f"## {name}", "", f"{TITLES[str(name)]}. Key: {', '.join(KEYS[str(name)])}.", ""]
        parts += ["| variable | label | type | unit | meaning |", "| --- | --- | --- | --- | --- |"]
        for row in rows.to_dict(orient="records"):
            cells = (str(row[key]) for key in ("variable", "label", "type", "unit", "meaning"))
            parts.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        parts.append("")
    return "\n".join(parts)


def _covariate(column: str) -> tuple[str, str, str]:
    name = column.removeprefix("COV_")
    return f"Covariate {name}", "", "As the scenario gives it."


def _words(study: Study) -> dict[str, str]:
    """Numbers of compartments and of kinds of observation in this trial."""
    drugs, observed = amounts(study.scenario), observed_of(study.scenario)
    compartments = [f"{place}: {name}" for place, name in enumerate(drugs, 1)]
    compartments += [f"{len(drugs) + place}: {one.label}" for place, one in enumerate(observed, 1)]
    return {
        "amounts": "; ".join(f"{place}: {own[2]}" for place, own in enumerate(drugs.values(), 1)),
        "compartments": "; ".join(compartments),
        "kinds": "; ".join(f"{n}: {one.label} ({one.unit})" for n, one in enumerate(observed, 1)),
    }
