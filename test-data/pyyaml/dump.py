"""Writes scalars.jsonl: texts, each with what PyYAML makes of it.

    pip install pyyaml==6.0.3
    python test-data/pyyaml/dump.py > test-data/pyyaml/scalars.jsonl

A line is `["text", "dumped"]`: the value of a key, two mappings deep, as `conda-lock.yml` has it.
"""

import itertools
import json
import sys

import yaml

WORDS = ["yes", "no", "true", "false", "on", "off", "null", "nan", "inf", "y", "n"]
CASES = [str.lower, str.upper, str.title, lambda word: word[0] + word[1:].upper()]

NUMBERS = """
1.16 1_000 0x1f 0x 0b1 0b2 017 019 08 0o17 0o18 1:30 1:75 190:20:30 1:30.5 1.2:3 1. .5 1e5 1.5e3 1e5.0
-1.5e+3 -1E+5 .5e3 1.e5 1.5e+3 1.5e-3 000000000000e123 0e12 1e5a e5 1e +12 -0 0_0 _1 .inf -.INF +.Inf .nan .NaN
.NAN 1.2.3 1.2.3e4 0.1a 2024a 3.12.* 685_230.15 685.230_15e+03 190:20:30.15 0b1010_0111 0x_0A_74 02472256
""".split()

DATES = """
2024-01-31 2024.01.31 2024-01-31x 2024-1-3 2024-01-31T01:02:03.5Z 2024-01-31t01:02:03 2024-01-31T1:02:03
2024-01-31T01:02:03+1 2024-01-31T01:02:03-01:30 2024-01-31T01:02:03+1:3 2024-01-31T01:02 24-01-31
""".split() + [
    "2024-1-3 1:02:03",
    "2024-01-31 01:02:03 Z",
    "2024-01-31   01:02:03 -5",
    "2024-01-31 01:02:03.123 +01:00",
    "2024-01-31 01:02",
]

TEXTS = [
    "https://h/c/x-1-0.conda",
    "https://conda.anaconda.org/conda-forge/linux-64/x264-1!164.3095-h166bdaf_2.tar.bz2",
    "3.12.* *_cp312",
    ">=1.0",
    ">=1.0,<2.0a0",
    "==1.0",
    "<2",
    "!=2",
    "python >=3.10,<3.11.0a0",
    "a: b",
    "a #b",
    "'a",
    "it's",
    '"a"',
    'say "a"',
    "[a]",
    "{a: b}",
    "@a",
    "`a`",
    "%a",
    "&a",
    "|",
    "> a",
    "---x",
    "--- x",
    "...",
    "..",
    "./a",
    "~/a",
    "${TOKEN}",
    "a\\b",
    "C:\\conda",
    "a, b",
    "a]",
    "tab\there",
    "caf\u00e9",
    "\u263a",
    "\U0001f600",
    "caf\u00e9 \"x\" \\ y",
    "caf\u00e9\nnew\r\nline",
]

# Folding: behind column 80, at single blanks.
FOLDED = [
    "lockit -p linux-64 -p linux-aarch64 -p osx-64 -p osx-arm64 -f environment.yml -f dev.yml --kind lock",
    "word " * 40 + "end",
    "it's " * 40 + "end",
    "two  blanks " * 20 + "end",
    "x" * 100 + " y z",
    "a: " + "b " * 80 + "c",
    ("x" * 79) + " y",
    ("x" * 63) + " y z",
    ("x" * 64) + " y z",
    ("x" * 65) + " y z",
    ("x" * 66) + " y z",
]


def texts():
    yield from ("", " ", " a", "a ", "  ")
    for word, case in itertools.product(WORDS, CASES):
        yield case(word)
    yield from NUMBERS
    yield from DATES
    yield from TEXTS
    yield from FOLDED
    # Every text of up to three of these.
    for length in (1, 2, 3):
        for letters in itertools.product("01.:-_ex+#a ", repeat=length):
            yield "".join(letters)
    for indicator in "?-:,[]{}#&*!|>'\"%@`~=<":
        for rest in ("", " a", "a", ":", "1"):
            yield indicator + rest


def main():
    known = set()
    for text in texts():
        if text in known:
            continue
        known.add(text)
        # Wide of other keys, so that every value stands where it would in a lockfile.
        dumped = yaml.dump({"metadata": {"command": text}}, sort_keys=False)
        head = "metadata:\n  command: "
        assert dumped.startswith(head), dumped
        assert yaml.safe_load(dumped)["metadata"]["command"] == text, text
        json.dump([text, dumped[len(head) : -1]], sys.stdout)
        print()


main()
