"""`penstock schema`: the deal file as a JSON Schema, for editors."""

from __future__ import annotations


def schema() -> None:
    """
    Prints the JSON Schema of deal files, for editors.

    Editors complete and check a deal file by it. With one that uses Taplo (Even Better TOML), save the schema beside
    the deal file, and begin the deal file with the line `#:schema ./penstock.schema.json`.
    """
    import json

    from penstock.dealfile.json_schema import json_schema

    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
