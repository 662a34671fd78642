"""The scenario reference, from the JSON Schema of the running version.

Here: the directive ``scenario-reference``, one section a block of the file with a table of its
fields. Not here: what the fields mean (their descriptions are in ``countermove.scenario``).
"""

import re
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import countermove

# Where each block stands in a file, in reading order. A block the schema has and this does not is
# an error, so a new one cannot be forgotten.
BLOCKS = (
    ("", "The whole file", None),
    ("Tumor", "The tumor", "tumor"),
    ("Growth", "Growth law", "tumor.growth"),
    ("Start", "A start given outright", "tumor.start"),
    ("Drug", "A drug", "drugs.NAME"),
    ("Constant", "Levels: constant", "drugs.NAME.levels"),
    ("Pulsed", "Levels: pulsed", "drugs.NAME.levels"),
    ("OneCompartment", "Levels: one compartment", "drugs.NAME.levels"),
    ("TwoCompartment", "Levels: two compartments", "drugs.NAME.levels"),
    ("Table", "Levels: a table", "drugs.NAME.levels"),
    ("Limits", "Dose limits", "drugs.NAME.limits"),
    ("Toxicity", "Toxicity that holds a drug", "drugs.NAME.limits.toxicity"),
    ("Restores", "A drug that undoes a mechanism", "drugs.NAME.restores"),
    ("Alteration", "An alteration", "alterations.NAME"),
    ("Intrinsic", "Intrinsic resistance", "intrinsic"),
    ("State", "A state", "states.NAME"),
    ("Making", "Cells that make others and stay", "states.NAME.made_by.STATE"),
    ("Niche", "A niche", "niches.NAME"),
    ("Treatment", "Treatment", "treatment"),
    ("Endpoints", "Endpoints", "endpoints"),
    ("Monitoring", "Monitoring", "monitoring"),
    ("Imaging", "Scans", "monitoring.imaging"),
    ("Patients", "Patients", "patients"),
    ("Marker", "Serum marker", "monitoring.marker"),
    ("CirculatingDNA", "Circulating DNA", "monitoring.ctdna"),
    ("Biopsy", "Biopsies", "monitoring.biopsy"),
    ("Variation", "Patients who differ", "patients.vary.PATH"),
    ("Discrete", "A choice between values", "patients.vary.PATH.discrete"),
    ("Population", "A table of patients", "patients.table"),
    ("Lesions", "Lesions", "lesions"),
    ("Count", "How many lesions", "lesions.number"),
    ("Size", "How large the lesions are", "lesions.size"),
    ("Lesion", "A lesion", "lesions.NUMBER"),
    ("Trial", "A randomized trial", "trial"),
    ("Rule", "A rule", "treatment.rules"),
    ("Actions", "What a rule does", "treatment.rules.then"),
    ("Space", "Space", "space"),
)
# Parsed and checked in full, and refused by name until a later version does them.
LATER = {
    "Marker": "{...}",
    "CirculatingDNA": "{...}",
    "Biopsy": "{...}",
    "Rule": "[...]",
    "Actions": "{...}",
    "Space": "{...}",
}


def blocks_of(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every block by its name in the schema, the file itself by the empty name."""
    found = {name: body for name, body in schema["$defs"].items() if "properties" in body}
    found[""] = schema
    listed = {name for name, _, _ in BLOCKS}
    if set(found) != listed:
        raise ValueError(f"scenario reference: blocks {sorted(set(found) ^ listed)} do not agree")
    return found


def unit_of(field: dict[str, Any]) -> str:
    """Unit of a number without one, or nothing."""
    for part in (field, *field.get("anyOf", ())):
        if "x-unit" in part:
            return str(part["x-unit"])
    return ""


def kind_of(field: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in field:
        return "block"
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    parts = field.get("anyOf", ())
    if isinstance(field.get("type"), list):
        parts = [{"type": name} for name in field["type"]]
    kinds = [kind_of(part) for part in parts]
    if "discriminator" in field:
        return "block"
    if kinds:
        if {"number", "whole number", "yes or no"} & set(kinds):
            # texts are numbers with a unit word, words are other ways of yes and no
            kinds = [k for k in kinds if k != "text" and not k.startswith("one of `true`")]
        return " or ".join(dict.fromkeys(k for k in kinds if k != "nothing"))
    words = {
        "number": "number",
        "integer": "whole number",
        "boolean": "yes or no",
        "string": "text",
        "null": "nothing",
        "array": "list",
    }
    if field.get("type") == "object":
        return "names to values" if "additionalProperties" in field else "block"
    return words.get(field.get("type", ""), "")


def default_of(name: str, field: dict[str, Any], required: list[str]) -> str:
    """Return the default as one would write it."""
    if name in required:
        return "**required**"
    value = field.get("default")
    if value is None or value in ([], {}, ""):
        said = re.search(r"Default:? ([^.;]+)[.;]?", field.get("description", ""))
        return "" if said is None else f"{said[1]}"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, float):
        return f"`{'inf' if value == float('inf') else format(value, '.6g')}`"
    return f"`{value}`"


def meaning_of(field: dict[str, Any]) -> str:
    """Return the description without what the other columns say."""
    text = field.get("description", "")
    text = re.sub(r" ?\bRequired\.$", "", text)
    return re.sub(r" ?\bDefault:? [^.]*(\.\d[^.]*)?\.$", "", text) or text


class ScenarioReference(SphinxDirective):
    """Sections and tables of every field a scenario may have."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        found = blocks_of(countermove.json_schema())
        lines: list[str] = []
        later: list[str] = []
        for name, title, path in BLOCKS:
            into = later if name in LATER else lines
            into += self._section(title, path, found[name], 2 + (name in LATER))
        lines += [
            "## Not yet in this version",
            "",
            "These are read and checked in full, so that files written now stay valid, and then "
            "refused by name until a later version does them.",
            "",
            *later,
        ]
        container = nodes.Element()
        self.state.nested_parse(
            StringList(lines, source="scenario schema"), 0, container, match_titles=True
        )
        return container.children

    def _section(
        self, title: str, path: str | None, block: dict[str, Any], depth: int
    ) -> list[str]:
        required = block.get("required", [])
        where = "" if path is None else f" At `{path}`."
        lines = ["#" * depth + " " + title, "", block.get("description", "") + where, ""]
        lines += [
            "```{list-table}",
            ":header-rows: 1",
            ":widths: 16 48 18 8 12",
            ":class: field-table",
            "",
        ]
        rows = [("Field", "Meaning", "What", "Unit", "Default")]
        for name, field in block["properties"].items():
            cells = (meaning_of(field), kind_of(field), unit_of(field))
            rows.append((f"`{name}`", *cells, default_of(name, field, required)))
        for row in rows:
            marks = ("* - ", *("  - " for _ in row[1:]))
            lines += [f"{mark}{cell}".rstrip() for mark, cell in zip(marks, row, strict=True)]
        return [*lines, "```", ""]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("scenario-reference", ScenarioReference)
    return {"parallel_read_safe": True}
