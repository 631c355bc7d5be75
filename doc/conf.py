"""Settings of the documentation."""

import re

from sklinfluence import __version__

project = "sklinfluence"
author = "The sklinfluence developers"
copyright = f"2026, {author}"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["templates"]
exclude_patterns = ["_build", "templates", "_tables", "auto_examples/*.ipynb"]
default_role = "literal"

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Members are listed by templates/autosummary/class.rst.
numpydoc_show_class_members = False

# Prompts and output are left out of what the button copies.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"plot_",
    "ignore_pattern": r"demo_rossi\.py",
    "doc_module": "sklinfluence",
    "reference_url": {"sklinfluence": None},
    "backreferences_dir": "generated/backreferences",
    "download_all_examples": False,
    "show_memory": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {version}"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}
html_sidebars = {"install": [], "changelog": [], "contributing": []}


def _skip(app, what, name, obj, skip, options):
    """Leave out members that come from other packages or are made by scikit-learn."""
    function = getattr(obj, "fget", obj)
    module = getattr(function, "__module__", None) or ""
    made = name.startswith("set_") and name.endswith("_request")
    return skip or made or not module.startswith("sklinfluence")


def _escape(app, what, name, obj, options, lines):
    """Keep shapes such as (n_objects_,) from being read as links."""
    for i, line in enumerate(lines):
        if " of shape (" in line:
            lines[i] = re.sub(r"_(?=[,)])", r"\_", line)


def setup(app):
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-docstring", _escape, priority=400)
