"""What rattler reads in a prefix: prefix.py PREFIX prints `name version subdir files` of each package."""

import os
import pathlib
import sys

from rattler import PrefixRecord

prefix = pathlib.Path(sys.argv[1])
for path in sorted(prefix.glob("conda-meta/*.json")):
    record = PrefixRecord.from_path(path)
    missing = [str(file) for file in record.files if not (prefix / str(file)).exists()]
    assert not missing, (record.name.normalized, missing)
    print(record.name.normalized, record.version, record.subdir, len(record.files))
sys.stdout.flush()
# Its threads sometimes outlive the interpreter.
os._exit(0)
