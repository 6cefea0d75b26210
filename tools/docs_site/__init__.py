"""Builds the documentation site out of ``docs/``, the SDKs' READMEs and ``openapi.json``.

    PYTHONPATH=tools python -m docs_site src/cevvo/docs_assets

Plain HTML pages, one style sheet, one script, one search index: no request goes elsewhere.
"""
