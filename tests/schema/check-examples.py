#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks xml-schema/examples: every valid file passes xmllint and our parser; every *-invalid.* file fails, with the
lines and messages that stand in the .err file beside it. VS_TEST_REGENERATE=1 writes the .err files anew, for review.
xmllint must accept what only our own checks can see (semantic-*) and refuse the rest; it is not asked about domain
documents, because the schema is for our element alone. Called by meson."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

MIN_FILES = 12
SKIP = 77
# What libxml2 itself says about malformed XML differs between versions: line and name are compared.
FOREIGN_TEXT = re.compile(r"^(\d+: document: )(?!a document type)(.*)$", re.MULTILINE)


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def parser_verdict(program, path):
    result = run([program, str(path)])
    if result.returncode not in (0, 1):
        raise SystemExit(f"run {program} {path}: exit {result.returncode}: {result.stderr}")
    return result.returncode == 0, result.stdout


def is_domain(path):
    """The schema is for our element alone; a domain document around it is not the schema's business."""
    try:
        return ElementTree.parse(path).getroot().tag == "domain"
    except ElementTree.ParseError:
        return False


def schema_accepts(schema, path):
    result = run(["xmllint", "--nonet", "--noout", "--relaxng", str(schema), str(path)])
    # 3: does not validate; 1 or, in newer versions, 4: cannot be read. 5 and more are trouble with the schema itself.
    if result.returncode not in (0, 1, 3, 4):
        raise SystemExit(f"xmllint {path}: exit {result.returncode}: {result.stderr}")
    return result.returncode == 0


def check_valid(args, path):
    passed, output = parser_verdict(args.parser, path)
    if not passed:
        yield f"our parser refuses it:\n{output}"
    if not is_domain(path) and not schema_accepts(args.schema, path):
        yield "xmllint refuses it"


def check_invalid(args, path):
    passed, output = parser_verdict(args.parser, path)
    golden = path.with_suffix(".err")
    if passed:
        yield "our parser accepts it"
        return
    if os.environ.get("VS_TEST_REGENERATE"):
        golden.write_text(output, encoding="utf-8")
    expected = golden.read_text(encoding="utf-8") if golden.exists() else "(no .err file)\n"
    if FOREIGN_TEXT.sub(r"\1", expected) != FOREIGN_TEXT.sub(r"\1", output):
        yield f"expected:\n{expected}got:\n{output}"
    semantic = path.name.startswith("semantic-")
    if not is_domain(path) and schema_accepts(args.schema, path) != semantic:
        yield "xmllint accepts it" if not semantic else "xmllint refuses it, so it is no semantic case"


def check_orphans(folder):
    for golden in sorted(folder.glob("*.err")):
        if not golden.with_suffix(".xml").exists():
            yield f"{golden.name}: no .xml beside it"


def main():
    options = argparse.ArgumentParser(description="check the schema's examples")
    options.add_argument("--schema", required=True, type=pathlib.Path)
    options.add_argument("--examples", required=True, type=pathlib.Path)
    options.add_argument("--parser", required=True)
    args = options.parse_args()
    if not shutil.which("xmllint"):
        print("SKIP: xmllint is not installed (Debian: libxml2-utils)")
        return SKIP

    failures = list(check_orphans(args.examples))
    counts = {check_valid: 0, check_invalid: 0}
    for path in sorted(args.examples.glob("*.xml")):
        check = check_invalid if "-invalid." in path.name else check_valid
        counts[check] += 1
        failures += [f"{path.name}: {failure}" for failure in check(args, path)]
    for check, count in counts.items():
        print(f"{check.__name__}: {count} files")
        if count < MIN_FILES:
            failures.append(f"{check.__name__}: only {count} files found below {args.examples}")
    for failure in failures:
        print(f"FAIL {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
