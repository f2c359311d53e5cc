# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Intel part of the lab: a stock Debian kernel on Bochs' VMX. Called by lab/intel/run; it must not need the rest of the lab."""
