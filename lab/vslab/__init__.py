# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab: level-1 KVM hosts made from Debian packages, run under an emulator that we build.

One noun a file. Users: lab/run (cli.py), lab/bench/*.py and tests/ (api.py). Nothing here knows what virtsched does.
"""
