"""Doctests of these pages are in the .rst files; everything else here is for Sphinx."""

collect_ignore_glob = ["*.py", "_ext/*", "_build/*", "gallery/*", "api/generated/*"]
