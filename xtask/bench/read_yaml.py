"""Parses YAML files and does nothing with them: what reading costs in libyaml."""

import sys

import yaml

for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        try:
            yaml.load(file, Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError):
            # Some of them are broken; a linter says so and goes on.
            pass
