#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench latency`: one VM per variant, all cells of it, one line "CELL {json}" a cell. Nothing polls while a
# cell runs. Environment: VARIANTS SCENARIOS LOADS INTERVALS SECONDS_PER_CELL VCPUS
# TOOL (empty, or --cyclictest).
set -eu
# shellcheck source=lab/bench/level1/common.sh
. "${0%/*}/common.sh"
DOMAIN=desk

threads() {
	pid=$(cat "/run/libvirt/qemu/$DOMAIN.pid")
	for task in /proc/"$pid"/task/*; do
		tid=${task##*/}
		printf '%s|%s|%s|%s|%s\n' "$(cat "$task/comm")" "$(chrt -p "$tid" | tr '\n' ' ' | sed 's/pid [0-9]*//g')" \
			"$(sed 's/.*) //' "$task/stat" | cut -d' ' -f17)" "$(taskset -p "$tid" | sed 's/.*: //')" "$(sed 's/^0:://' "$task/cgroup")"
	done | sed 's/machine-qemu\\x2d[0-9]*/machine-qemu/'
}

# What runs in the guest for one cell, as one command: under static the host cannot get a word in before the load is gone.
in_guest() {
	case $1 in
	mixed) printf 'vs-load sleeper %d >/dev/null 2>&1 & ' "$VCPUS" ;;
	full) printf 'vs-load hog %d >/dev/null 2>&1 & ' "$VCPUS" ;;
	esac
	printf 'vs-latency %s --warm-up 0.4 --interval %d --duration %s --priority 80 --threads %d' \
		"${TOOL:-}" "$2" "$SECONDS_PER_CELL" "$VCPUS"
	[ "$1" = light ] || printf '; killall vs-load'
}

busy() {
	systemd-run -q --unit=vs-hogs vs-load hog 4
	systemd-run -q --unit=vs-sleepers vs-load sleeper 4
}
calm() { systemctl stop vs-hogs vs-sleepers; }

# Starting and ending a process is a long way through the kernel without preemption: no side does it while another
# measures. The host's periods are a little longer than the guest's: in step, one of them would always meet the other.
on_host() {
	# shellcheck disable=SC2086 # one word or none
	vs-latency ${TOOL:-} --warm-up 0.4 --linger 1.5 --interval $(($1 + $1 / 27)) --duration "$SECONDS_PER_CELL" --priority "$2"
}

cell() {
	variant=$1 scenario=$2 guest=$3 interval=$4
	on_host "$interval" 0 >/tmp/host &
	host=$!
	on_host "$interval" 50 >/tmp/host-rt &
	rt=$!
	sleep 0.2
	used=$(unit_us vs-hogs) began=$(clock)
	vs-guest "$DOMAIN" --timeout 600 -- "$(in_guest "$guest" "$interval")" >/tmp/guest
	used=$(($(unit_us vs-hogs) - used)) ended=$(clock)
	wait $host $rt
	printf 'CELL {"variant":"%s","scenario":"%s","guest_load":"%s","interval_us":%d,"hogs_us":%d,"began":%s,"ended":%s,' \
		"$variant" "$scenario" "$guest" "$interval" "$used" "$began" "$ended"
	printf '"guest":%s,"host":%s,"host-rt":%s}\n' "$(cat /tmp/guest)" "$(cat /tmp/host)" "$(cat /tmp/host-rt)"
	say "cell $variant $scenario $guest $interval us: $(sed 's/,"curve.*/}/' /tmp/guest)"
}

measure() {
	for scenario in $SCENARIOS; do
		[ "$scenario" = idle ] || busy
		for guest in $LOADS; do
			for interval in $INTERVALS; do
				cell "$1" "$scenario" "$guest" "$interval"
			done
		done
		[ "$scenario" = idle ] || calm
	done
}

quiet_host
for variant in $VARIANTS; do
	bring_up "$DOMAIN" "$variant" "$VCPUS"
	settle
	case $variant in virtsched*)
		virt-sched list >/dev/null	# starts virtschedd
		threads >/tmp/before
		boost_on "$DOMAIN" "$variant"
		;;
	esac
	measure "$variant"
	case $variant in virtsched*)
		echo "STATS $(virt-sched stats "$DOMAIN" --json | tr '\n' ' ')"
		virt-sched unset "$DOMAIN" --all-settings --live >&2
		threads >/tmp/after
		if cmp -s /tmp/before /tmp/after; then
			echo "RESTORED every thread of $DOMAIN is as it was: $(wc -l </tmp/after) threads, policy, nice, affinity, cgroup"
		else
			echo "NOT-RESTORED"
			diff /tmp/before /tmp/after || true
		fi
		;;
	esac
	take_down "$DOMAIN"
done
