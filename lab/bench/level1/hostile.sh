#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench hostile`: a boosted VM with a guest channel whose guest first works as a hog, then misuses the channel in
# each WAY; beside it another VM's hog, hogs and a real-time task of the host's. One line "CELL {json}" a way. Environment: WAYS
# SECONDS_PER_CELL.
set -eu
# shellcheck source=lab/bench/level1/common.sh
. "${0%/*}/common.sh"
quiet_host

in_guest() {
	case $1 in
	hog) echo 'vs-load hog 1' ;;
	*) echo "vs-hostile $1 $((SECONDS_PER_CELL + 2))" ;;
	esac
}

cell() {
	systemd-run -q --unit=vs-hogs vs-load hog 2
	vs-guest desk --timeout 600 -- "$(in_guest "$1") >/dev/null 2>&1 &"
	sleep 0.5
	other=$(vcpus_us other) hogs=$(unit_us vs-hogs) desk=$(vcpus_us desk) began=$(clock)
	vs-latency --interval 1037 --duration "$SECONDS_PER_CELL" --priority 50 >/tmp/rt
	other=$(($(vcpus_us other) - other)) hogs=$(($(unit_us vs-hogs) - hogs)) desk=$(($(vcpus_us desk) - desk)) ended=$(clock)
	printf 'CELL {"way":"%s","began":%s,"ended":%s,"cpu_us":{"desk":%d,"other":%d,"host":%d},"rt":%s}\n' \
		"$1" "$began" "$ended" "$desk" "$other" "$hogs" "$(cat /tmp/rt)"
	systemctl stop vs-hogs
	vs-guest desk --timeout 600 -- 'killall vs-load vs-hostile 2>/dev/null; sleep 0.2' || true
}

bring_up desk virtsched-guest 1
bring_up other vanilla 1
vs-guest other -- 'vs-load hog 1 >/dev/null 2>&1 &'
virt-sched set desk boost.state=on boost.guest=on --live >&2
settle
for way in $WAYS; do cell "$way"; done
echo "STATS $(virt-sched stats desk --json | tr '\n' ' ')"
take_down desk
take_down other
