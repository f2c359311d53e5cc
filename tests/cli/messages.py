#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything that virt-sched says can be translated: messages.py ROOT. po/POTFILES names every file with marked words, a catalogue
is made of them without a complaint, and no error or warning of virsh-ext has words that are not marked."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Words for people that go by without a mark; what has no letters, and formats alone, need none.
UNMARKED = re.compile(r'(?:g_printerr|vs_warn|g_set_error_literal|g_set_error)\s*\([^;"]*?(?<![_N]\()(?<!PACKAGE, )"(?=[^"]*[a-z]{3} [a-z]{2})')
KEYWORDS = ["--keyword=_", "--keyword=N_", "--keyword=g_dngettext:2,3"]


def main():
    root = pathlib.Path(sys.argv[1])
    listed = (root / "po/POTFILES").read_text(encoding="utf-8").split()
    marked = sorted(str(path.relative_to(root)) for path in (root / "virsh-ext").glob("*.c")
                    if re.search(r"\b(_|N_|g_dngettext)\s*\(", path.read_text(encoding="utf-8")))
    wrong = [f"po/POTFILES: {name} is missing or has no words" for name in sorted(set(listed) ^ set(marked))]
    for path in sorted((root / "virsh-ext").glob("*.c")):
        wrong += [f"{path.name}: not marked: {found.group(0)}" for found in UNMARKED.finditer(path.read_text(encoding="utf-8"))]
    if not shutil.which("xgettext"):
        print("skipped: not installed: gettext")
        return 1 if wrong else 77
    with tempfile.TemporaryDirectory() as folder:
        pot = pathlib.Path(folder) / "virtsched.pot"
        made = subprocess.run(["xgettext", "--from-code=UTF-8", "--add-comments", *KEYWORDS, "--flag=g_set_error:4:c-format", "-o", pot, *listed],
                              cwd=root, capture_output=True, text=True, check=False)
        words = re.findall(r'^msgid "?', pot.read_text(encoding="utf-8"), re.M) if pot.exists() else []
        wrong += [line for line in made.stderr.splitlines() if line]
    print("\n".join([*wrong, f"{len(words)} messages in {len(listed)} files"]))
    return 1 if wrong or len(words) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
