#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The house rules that a program can check: heads, sizes, who may include whom, one version, shell scripts, left-overs.

Called by tests/run-tests; prints one line per finding and exits 1 when there is one.
"""
import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
CODE = {".c", ".h", ".py", ".sh", ".js", ".css"}
# Which folder's headers a folder may include; others' are forbidden.
MAY_INCLUDE = {
    "lib": {"lib"},
    "dbus-service": {"lib", "dbus-service"},
    "libvirt-hook": {"lib", "libvirt-hook"},
    "virsh-ext": {"lib", "virsh-ext"},
    "kmod": {"kmod"},
    "guest": {"guest"},
}
# The only files outside of kmod/ that may see the kernel's face, by pattern.
UAPI_USERS = re.compile(r"^(dbus-service/virtschedd-backend-kmod[\w-]*\.[ch]|lab/intel/.*|tests/.*)$")
# The page that host and guest share: both modules, the daemon's part that makes the file, programs that play either side.
PAGE_USERS = re.compile(r"^(kmod/.*|guest/kmod/.*|dbus-service/virtschedd-backend-kmod[\w-]*\.c|lab/programs/.*|tests/kmod/.*)$")
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
REGISTRY = re.compile(r"https?://[\w.-]*(debian\.org/debian|snapshot\.debian|npmjs)|deb\.debian|registry\.npm")


def tracked():
    """Every file of the project that git knows, as paths relative to ROOT."""
    out = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True).stdout
    return [Path(p.decode()) for p in out.split(b"\0") if p and (ROOT / p.decode()).is_file()]


def read(path):
    """Text of a tracked file, or None when it is not text."""
    data = (ROOT / path).read_bytes()
    return None if b"\0" in data else data.decode("utf-8", "replace")


def is_script(text):
    return text.startswith("#!")


def check_head(path, text):
    code = path.suffix in CODE or path.name in ("meson.build", "Makefile", "Kbuild") or is_script(text)
    if code and "SPDX-License-Identifier" not in "\n".join(text.split("\n")[:3]):
        yield "no SPDX-License-Identifier in the first three lines"


def check_size(path, text):
    lines = text.count("\n")
    if (path.suffix in CODE or is_script(text)) and lines > MAX_FILE_LINES:
        yield f"{lines} lines, more than {MAX_FILE_LINES}"


def c_functions(text):
    """(line, length, name) of each C function definition: a brace in column 0 that follows a closing parenthesis."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number and lines[number - 1].rstrip().endswith(")"):
            start = number
        elif line == "}" and start is not None:
            yield start + 1, number - start, lines[start - 1].strip()
            start = None


def check_functions(path, text):
    if path.suffix == ".c":
        for line, length, name in c_functions(text):
            if length > MAX_FUNCTION_LINES:
                yield f"line {line}: function of {length} lines: {name}"
    elif path.suffix == ".py" or (is_script(text) and "python" in text.split("\n", 1)[0]):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    yield f"line {node.lineno}: function of {length} lines: {node.name}"


def check_includes(path, text):
    if path.suffix not in (".c", ".h"):
        return
    if '"uapi/virtsched.h"' in text or "/uapi/virtsched.h" in text:
        if path.parts[0] != "kmod" and not UAPI_USERS.match(str(path)):
            yield "includes the kernel's uapi/virtsched.h; only the daemon's kernel backend may"
    if re.search(r'#include "[^"]*virtsched-page\.h"', text) and not PAGE_USERS.match(str(path)):
        yield "includes virtsched-page.h; only both modules, the daemon's kernel backend and programs that play them may"
    allowed = MAY_INCLUDE.get(path.parts[0])
    if allowed is None:
        return
    for name in re.findall(r'#include "([^"]+)"', text):
        owners = {d for d in MAY_INCLUDE if (ROOT / d / Path(name).name).is_file()}
        if owners and not owners & allowed:
            yield f'includes "{name}" of {sorted(owners)[0]}/; may only use {", ".join(sorted(allowed))}'


def check_left_overs(path, text):
    if path == Path("tests/lint/check.py") or path.suffix == ".md":
        return
    for number, line in enumerate(text.split("\n"), 1):
        if LEFT_OVER.search(line) and path.suffix in CODE:
            yield f"line {number}: left-over mark: {line.strip()[:80]}"
        if REGISTRY.search(line):
            yield f"line {number}: names the host of a package registry"


def check_shell(paths):
    scripts = [str(p) for p, text in paths if re.match(r"#!\s*/(usr/)?bin/(env )?(sh|bash|dash)\b", text)]
    if not scripts:
        return
    run = subprocess.run(["shellcheck", "-x", "--severity=warning", "-f", "gcc", *scripts], cwd=ROOT,
                         capture_output=True, text=True)
    for line in run.stdout.splitlines():
        yield line


def check_version():
    """The version stands in meson.build alone."""
    version = re.search(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(), re.M).group(1)
    for path in tracked():
        text = read(path)
        if path.parts[0] != "tests" and path.suffix in (".c", ".h") and text and f'"{version}"' in text:
            yield f"{path}: holds the version {version}"


def check_kernel_doc():
    """Every public function of the module that has kernel-doc says in which context it may be called."""
    for path in sorted((ROOT / "kmod").glob("*.c")):
        for block in re.findall(r"/\*\*\n \* (\w+)\(\) -.*?\*/", path.read_text(), re.S):
            text = re.search(r"/\*\*\n \* " + block + r"\(\).*?\*/", path.read_text(), re.S).group(0)
            if "Context:" not in text:
                yield f"{path.relative_to(ROOT)}: kernel-doc of {block}() has no Context:"


PER_FILE = (check_head, check_size, check_functions, check_includes, check_left_overs)


def check_objections():
    """Each answer to an objection names what backs it; a test that is named is there."""
    for line in (ROOT / "docs/OBJECTIONS.md").read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| (\d+) \|.*\| ([^|]*) \|$", line)
        if not row:
            continue
        named = re.findall(r"`([^`]+)`", row[2])
        if not named:
            yield f"docs/OBJECTIONS.md: row {row[1]} names no test"
        for name in named:
            bench = (ROOT / "lab/bench" / (name.replace("bench ", "").replace("-", "_") + ".py")).is_file()
            intel = name in (ROOT / "lab/intel/host/checks-boost.c").read_text(encoding="utf-8")
            if not (bench or intel or (ROOT / "tests/vm/cases" / name).is_file() or (ROOT / name).is_file()):
                yield f"docs/OBJECTIONS.md: row {row[1]}: there is no {name}"


def main():
    findings = []
    texts = [(p, read(p)) for p in tracked()]
    texts = [(p, t) for p, t in texts if t is not None]
    for path, text in texts:
        for check in PER_FILE:
            findings += [f"{path}: {finding}" for finding in check(path, text)]
    findings += list(check_shell(texts))
    findings += list(check_version())
    findings += list(check_kernel_doc())
    findings += list(check_objections())
    for finding in findings:
        print(finding)
    print(f"# {len(texts)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
