#!/usr/bin/env python3
"""Whether the JSON Schema on standard input accepts every document of the files that are named as arguments.

Runs under SkyPilot's Python, which has jsonschema and PyYAML. Prints a line for each document that it refuses.
"""
import json
import sys

import jsonschema
import yaml


def as_json(value):
    """What an editor sees: keys are texts, dates are texts."""
    if isinstance(value, dict):
        return {str(key): as_json(member) for key, member in value.items()}
    if isinstance(value, (list, set)):
        return [as_json(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def main():
    schema = json.load(sys.stdin)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8-sig") as file:
            for document in yaml.load_all(file, Loader=yaml.CSafeLoader):
                error = jsonschema.exceptions.best_match(validator.iter_errors(as_json(document)))
                if error is not None:
                    print(f"{path}: {error.json_path}: {error.message[:200]}")


if __name__ == "__main__":
    main()
