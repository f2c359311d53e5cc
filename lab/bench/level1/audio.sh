#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench audio`: one VM per variant that plays, all cells of it, one line "CELL {json}" a cell. Nothing polls
# while a cell runs. Environment: VARIANTS HOSTS BUFFERS SECONDS_PER_CELL VCPUS
set -eu
# shellcheck source=lab/bench/level1/common.sh
. "${0%/*}/common.sh"
DOMAIN=desk

# Both ends of the host's load are outside the time that is measured: the guest warms up first and reports last.
cell() {
	variant=$1 host=$2 buffer=$3
	[ "$host" = noload ] || systemd-run -q --unit=vs-browser vs-load browser 24
	sleep 0.2
	vm=$(vcpus_us "$DOMAIN") used=$(unit_us vs-browser) began=$(clock)
	vs-guest "$DOMAIN" --timeout $((SECONDS_PER_CELL * 3 + 120)) -- \
		"vs-audio --json --warm-up 0.5 --priority 80 --buffer-ms $buffer --seconds $SECONDS_PER_CELL" >/tmp/guest
	vm=$(($(vcpus_us "$DOMAIN") - vm)) used=$(($(unit_us vs-browser) - used)) ended=$(clock)
	[ "$host" = noload ] || systemctl stop vs-browser
	printf 'CELL {"variant":"%s","host":"%s","began":%s,"ended":%s,"cpu_us":{"vcpus":%d,"host":%d},"guest":%s}\n' \
		"$variant" "$host" "$began" "$ended" "$vm" "$used" "$(cat /tmp/guest)"
	say "cell $variant, $host host: $(cat /tmp/guest)"
	case $variant in virtsched*) echo "STATS $variant $host $buffer ms $(virt-sched stats "$DOMAIN" --json | tr '\n' ' ')" ;; esac
}

quiet_host
for variant in $VARIANTS; do
	bring_up "$DOMAIN" "$variant" "$VCPUS"
	case $variant in virtsched*) boost_on "$DOMAIN" "$variant" profile=audio ;; esac
	settle
	for host in $HOSTS; do
		for buffer in $BUFFERS; do
			cell "$variant" "$host" "$buffer"
		done
	done
	take_down "$DOMAIN"
done
