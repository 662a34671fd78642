"""Sphinx settings. Pages execute at build, and reading the built site needs no network."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
os.environ["COUNTERMOVE_PROGRESS"] = "0"  # no line of progress in executed pages

import countermove

project = "countermove"
author = "The countermove authors"
copyright = "The countermove authors. Research and education only; not medical advice"
version = release = countermove.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "scenario_reference",
    "output_reference",
    "command_help",
    "printed_constants",
    "pictures",
    "project_files",
    "paper_against_ours",
    "ledger",
]
exclude_patterns = ["_build", "_ext", "jupyter_execute", "**/.ipynb_checkpoints"]
nitpicky = False

# Executed pages: the numbers printed are those of this version; an error stops the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 180
nb_merge_streams = True
nb_execution_show_tb = True
myst_enable_extensions = [
    "amsmath",
    "colon_fence",
    "deflist",
    "dollarmath",
    "fieldlist",
    "substitution",
]
myst_heading_anchors = 4
myst_substitutions = {"version": version}

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False

# MathJax as one file beside the pages, from a package, in place of the usual address.
_mathjax = Path(next(iter(find_spec("sphinx-mathjax-offline").submodule_search_locations)))
mathjax_path = "tex-svg-full.js"

html_theme = "pydata_sphinx_theme"
html_title = "countermove"
html_static_path = ["_static", str(_mathjax / "static" / "mathjax" / mathjax_path)]
templates_path = ["_templates"]
html_sidebars = {"**": ["all_pages"]}
html_css_files = ["countermove.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "countermove"},
    "navbar_center": [],
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
