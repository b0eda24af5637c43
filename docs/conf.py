"""Configuration of the documentation; see CONTRIBUTING.md for the command that builds it."""

import sys
import warnings
from pathlib import Path

import skreg

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skreg"
author = "The skreg developers"
copyright = author
version = release = skreg.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
    "mathml",
    "docstrings",
    "public_names",
    "modules",
    "tables_of_choices",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
default_role = "code"

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

copybutton_exclude = ".linenos, .gp, .go"  # prompts and output
copybutton_selector = "div:not(.sphx-glr-script-out) > div.highlight > pre"

warnings.filterwarnings("error", category=UserWarning, module="__main__")  # in examples
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",  # all are run
    "within_subsection_order": "gallery_order.newcomers_first",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "skreg"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"*": [], "gallery/*": []}  # the reference has one, which lists its pages
html_context = {"default_mode": "auto"}
html_theme_options = {
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
