#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench exit-cost`: the same guest under each state of the module, one line "CELL {json}" a state.
set -eu
N=${N:-1000}

measure() {
	sleep 3	# let everything that was just started settle
	vs-guest desk -- "vs-exitcost $N" >/dev/null	# warm
	printf 'CELL {"state":"%s","cost":%s}\n' "$1" "$(vs-guest desk -- "vs-exitcost $N")"
}

# Halt polling makes a wake-up either short (polled) or long, by its own history: it is not what is measured here.
echo 0 >/sys/module/kvm/parameters/halt_poll_ns
systemctl stop virtschedd
rmmod virtsched 2>/dev/null || true
vs-domain desk >/tmp/desk.xml
vs-domain other >/tmp/other.xml
for name in desk other; do
	virsh -q define /tmp/$name.xml
	virsh -q start $name
	vs-guest $name --wait
done
measure not-loaded
modprobe virtsched
measure loaded
systemctl start virtschedd
virt-sched set other boost.state=on --live >&2
measure other-attached
virt-sched set desk boost.state=on --live >&2
measure attached
virsh -q destroy desk
virsh -q destroy other
