# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fenced blocks of the project's documents, and the comment before each that says how it is tested.

    <!-- test: daemon -->       each line runs in a shell against virtschedd with the fake kernel (test_documents.py)
    <!-- test: file /PATH -->   the block is written to that file of the daemon's host
    <!-- test: host -->         each line runs in a host that the packages are installed in, by tests/package/new-user; README.md alone
    <!-- test: vm CASE -->      each line stands, as it is and in this order, in tests/vm/cases/CASE
    <!-- test: elsewhere -->    each line has a row in tests/docs/elsewhere: the test that runs it
    <!-- test: none WHY -->     no test can, for instance because the firmware has to be there; not in README.md and the how-tos

A block of sh without such a comment is an error. Runs nothing.
"""
import collections
import re

Block = collections.namedtuple("Block", "document line language how argument text")
FENCE = re.compile(r"(?:^<!-- test: (?P<how>\w+)(?: (?P<argument>\S+))? -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
HOWS = {"daemon": False, "file": True, "host": False, "vm": True, "elsewhere": False, "none": True}   # True: needs its argument


def blocks(root, path):
    """The blocks of one document, in order; what is wrong is a ValueError with file and line."""
    text = (root / path).read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        block = Block(path, text.count("\n", 0, match.start("language")) + 1, match["language"], match["how"], match["argument"],
                      match["text"])
        where = f"{path}:{block.line}"
        if block.language == "sh" and not block.how:
            raise ValueError(f"{where}: a block of sh without <!-- test: ... -->")
        if block.how and (block.how not in HOWS or HOWS[block.how] != bool(block.argument)):
            raise ValueError(f"{where}: no such test: {block.how} {block.argument or ''}")
        found.append(block)
    return found


def commands(block):
    """Its lines without comments and empty ones; a comment begins with # after two blanks or at the beginning."""
    lines = (re.sub(r"(^|\s\s+)#.*", "", line).rstrip() for line in block.text.splitlines())
    return [line for line in lines if line]


def links(root, path):
    """Files that a document links to, without the part behind #."""
    text = (root / path).read_text(encoding="utf-8")
    targets = (match.split("#")[0] for match in re.findall(r"\]\(([^)\s]+)\)", text))
    return [target for target in targets if target and "://" not in target]
