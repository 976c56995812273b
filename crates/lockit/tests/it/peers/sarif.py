"""Validates SARIF files against the schema: sarif.py SCHEMA FILE..."""

import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)(schema)
for name in sys.argv[2:]:
    document = json.load(open(name))
    for error in validator.iter_errors(document):
        sys.exit(f"{name}: {error.message} at {list(error.path)}")
    print(name, sum(len(run["results"]) for run in document["runs"]))
