#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench fairness`: two VMs with a hog each and host hogs; the first VM has a real-time task as well, and is
# boosted. One line "CELL {json}" a variant: CPU time of each in the same window. Environment: VARIANTS SECONDS_PER_CELL VCPUS INTERVAL.
set -eu
# shellcheck source=lab/bench/level1/common.sh
. "${0%/*}/common.sh"
quiet_host

# With static the host may get no word in for long: the hogs of all sides run first, the window is inside.
cell() {
	systemd-run -q --unit=vs-hogs vs-load hog 2
	vs-guest other -- "vs-load hog $VCPUS >/dev/null 2>&1 &"
	vs-guest desk --timeout 600 -- "vs-load hog $VCPUS >/dev/null 2>&1 & \
		vs-latency --interval $INTERVAL --duration $(($SECONDS_PER_CELL + 2)) --priority 80 --threads $VCPUS >/dev/null 2>&1 &"
	sleep 1
	desk=$(vcpus_us desk) other=$(vcpus_us other) hogs=$(unit_us vs-hogs) began=$(clock)
	sleep "$SECONDS_PER_CELL"
	desk=$(($(vcpus_us desk) - desk)) other=$(($(vcpus_us other) - other)) hogs=$(($(unit_us vs-hogs) - hogs)) ended=$(clock)
	printf 'CELL {"variant":"%s","began":%s,"ended":%s,"cpu_us":{"desk":%d,"other":%d,"host":%d}}\n' \
		"$1" "$began" "$ended" "$desk" "$other" "$hogs"
	[ "$1" != virtsched ] || echo "STATS $(virt-sched stats desk --json | tr '\n' ' ')"
	systemctl stop vs-hogs
}

for variant in $VARIANTS; do
	bring_up desk "$variant" "$VCPUS"
	bring_up other vanilla "$VCPUS"
	[ "$variant" != virtsched ] || boost_on desk
	settle
	cell "$variant"
	take_down desk
	take_down other
done
