#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/reference/dbus.md is what dbus-service/org.virtsched1.xml and lib/vs-error.h say: reference.py XML VS-ERROR.H PAGE.

Read with gdbus-codegen's own parser, so that a comment which it does not take for documentation is not taken for any here
either: every method, argument, property and signal needs one, and every method its "Action:". VIRTSCHED_REGENERATE=1 writes
the page instead of comparing.
"""
import difflib
import os
import pathlib
import re
import sys

sys.path.append("/usr/share/glib-2.0")
from codegen import parser  # noqa: E402

HEAD = """<!-- Written by tests/dbus/reference.py from org.virtsched1.xml; VIRTSCHED_REGENERATE=1 meson test reference writes it anew. -->
# org.virtsched1 on D-Bus
System bus, name `org.virtsched1`; the XML is installed in `/usr/share/dbus-1/interfaces`. For example:
```
busctl call org.virtsched1 /org/virtsched1 org.virtsched1.Manager ListDomains
busctl introspect org.virtsched1 /org/virtsched1/domain/_UUID_WITH_UNDERSCORES
busctl monitor org.virtsched1
```
How each call ends when something is wrong: `tests/dbus/every-call.txt`.
"""


class Undocumented(Exception):
    """Something that a caller sees has no words."""


def words(item, where):
    if not item.doc_string.strip():
        raise Undocumented(f"{where} {item.name} has no documentation")
    text = re.sub(r"<[^>]+>", "", item.doc_string)
    for sign, entity in (("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):
        text = text.replace(entity, sign)
    return re.sub(r"[ \t]*\n[ \t]*", "\n", text).strip()


def one_line(text):
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def paragraphs(text, headed=True):
    """Lines of one paragraph joined; "Action:" and "Errors:" begin one, and so does what follows the heading's line."""
    text = re.sub(r"\n(Action:|Errors:)", r"\n\n\1", text)
    text = text.replace("\n", "\n\n", 1) if headed else text
    return "\n\n".join(one_line(part) for part in re.split(r"\n\s*\n", text))


def arguments(rows, direction, where):
    lines = [f"- {direction} `{arg.name}` (`{arg.signature}`): {one_line(words(arg, where))}" for arg in rows]
    return [*lines, ""] if lines else []


def method(interface, item):
    where = f"{interface.name}.{item.name}"
    text = words(item, interface.name)
    if not re.search(r"Action: org\.virtsched1\.(look|change|hold)\b", text):
        raise Undocumented(f"{where} does not say its polkit action")
    return [f"### {item.name}", paragraphs(text), "", *arguments(item.in_args, "in", where), *arguments(item.out_args, "out", where)]


def interface_page(interface):
    lines = [f"## {interface.name}", paragraphs(words(interface, "interface"), headed=False), ""]
    for item in interface.methods:
        lines += method(interface, item)
    for item in interface.signals:
        where = f"{interface.name}.{item.name}"
        lines += [f"### Signal {item.name}", paragraphs(words(item, interface.name)), "", *arguments(item.args, "has", where)]
    lines += ["### Properties", "| property | type | |", "|---|---|---|"]
    lines += [f"| `{item.name}` | `{item.signature}` | {one_line(words(item, interface.name))} |" for item in interface.properties]
    return [*lines, ""]


def errors(header):
    """Rows of the names, from the comment of enum VsError and the registration beside it."""
    said = dict(re.findall(r"@(VS_ERROR_\w+): (.*)", header.read_text(encoding="utf-8")))
    names = re.findall(r'\{(VS_ERROR_\w+), VS_BUS_ERROR_PREFIX "(\w+)"\}', header.with_suffix(".c").read_text(encoding="utf-8"))
    if {code for code, _name in names} != set(said):
        raise Undocumented("an error of lib/vs-error.c has no words in lib/vs-error.h")
    return ["## Errors", "| org.virtsched1.Error. | |", "|---|---|", *(f"| `{name}` | {one_line(said[code])} |" for code, name in names)]


def page(contract, header):
    lines = [HEAD]
    for interface in parser.DBusXMLParser(contract.read_text(encoding="utf-8")).parsed_interfaces:
        lines += interface_page(interface)
    return "\n".join([*lines, *errors(header)]) + "\n"


def main():
    contract, header, path = (pathlib.Path(word) for word in sys.argv[1:4])
    try:
        wanted = page(contract, header)
    except Undocumented as error:
        print(error)
        return 1
    if os.environ.get("VIRTSCHED_REGENERATE") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        print(f"wrote {path}")
        return 0
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), str(path), str(contract)))
    return 0 if found == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
