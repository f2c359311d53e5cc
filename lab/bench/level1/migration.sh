#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench migration`: a guest with a heavy writer, a light writer and a reader, one vCPU each, migrates live to
# the second host. One line "CELL {json}" a migration. Nothing polls while it runs.
# Environment: CASES (NAME:WORKING-SET-MIB:WRITER-MIB-PER-S:LINK-MIB-PER-S:CAP-S:VARIANT,VARIANT... ...) BEFORE (s); CAP: patience
set -eu
# shellcheck source=lab/bench/level1/common.sh
. "${0%/*}/common.sh"
DOMAIN=desk
# The smallest ring: dirty-limit lets a vCPU sleep for up to 99 times what it took to fill its ring.
RING="<features><acpi/><apic/><kvm><dirty-ring state='on' size='1024'/></kvm></features>"

TRACING=/sys/kernel/tracing

wall() { date +%s.%N; }

# What the module tells of the quota, kept in memory while the migration runs. The mark: one moment on the trace's clock and on ours.
trace_on() {
	[ -d $TRACING/events ] || mount -t tracefs tracefs $TRACING
	echo mono >$TRACING/trace_clock
	echo 4096 >$TRACING/buffer_size_kb
	echo >$TRACING/trace
	for event in virtsched_quota virtsched_quota_claim; do echo 1 >$TRACING/events/virtsched/$event/enable; done
	wall >$TRACING/trace_marker
}
trace_off() { echo 0 >$TRACING/events/enable; }
# [seconds, vCPU, pages so far, quota in pages a second] at each claim; [seconds, vCPU, ns] at each wait; [epoch seconds, status]
# as QEMU says it; the mark
claims() { sed -n 's/.* \([0-9.]*\): virtsched_quota_claim: .* vcpu=\([0-9]*\) .* pages=\([0-9]*\) .* rate=\([0-9]*\)$/[\1,\2,\3,\4]/p' $TRACING/trace | paste -sd,; }
waits() { sed -n 's/.* \([0-9.]*\): virtsched_quota: .* vcpu=\([0-9]*\) .* ns=\([0-9]*\)$/[\1,\2,\3]/p' $TRACING/trace | paste -sd,; }
states() { sed -n 's/^event MIGRATION at \([0-9.]*\) .*"status":"\([a-z-]*\)".*/[\1,"\2"]/p' /tmp/states | paste -sd,; }
mark() { sed -n 's/.* \([0-9.]*\): tracing_mark_write: \([0-9.]*\)$/{"trace":\1,"host":\2}/p' $TRACING/trace; }

# The loads count by the guest's clock: one moment on both clocks.
stamp() { printf '{"host":%s,"guest":%s}' "$(wall)" "$(vs-guest $DOMAIN -- "cut -d' ' -f1 /proc/uptime")"; }

# Figures of virsh domjobinfo --rawstats as the inside of a JSON object
figures() { sed -n 's/^\([a-z_]*\): \([0-9]*\)$/"\1":\2/p' "$1" | paste -sd,; }
lines() { grep 0000: "$1" | sed 's/.*/"&"/' | paste -sd,; }
series() { $WHERE vs-guest $DOMAIN -- "cat /tmp/$1" | sed -n 's/^\([0-9.]*\) \([0-9]*\)$/[\1,\2]/p' | paste -sd,; }

# libvirt has no word for dirty-limit; the limit stays QEMU's own, 1 MB/s for each vCPU.
LIMIT='{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"dirty-limit","state":true}]}}'

# turn_on VARIANT; fails where this host does not have it
turn_on() {
	case $1 in
	dirty-limit) virsh -q qemu-monitor-command $DOMAIN "$LIMIT" | grep -q '"return"' ;;
	virtsched) virt-sched set $DOMAIN dirtyQuota.state=on --live >&2 ;;
	esac
}

bring_up_writers() {
	mib=$2 rate=$3
	: >/tmp/features.xml
	[ "$1" != dirty-limit ] || echo "$RING" >/tmp/features.xml
	vs-domain $DOMAIN --vcpus 3 --memory 192 --xml-fragment /tmp/features.xml >/tmp/$DOMAIN.xml
	virsh -q define /tmp/$DOMAIN.xml
	virsh -q start $DOMAIN
	vs-guest $DOMAIN --wait
	vs-guest $DOMAIN -- "taskset 1 vs-load dirty $mib $rate >/tmp/writer & taskset 2 vs-load dirty 8 2 >/tmp/light & \
		taskset 4 vs-load read 8 40 >/tmp/reader & true"
}

# A migration that is not through CAP seconds after the first pass began is cancelled, its figures are taken before.
give_up() {
	virsh event $DOMAIN --event migration-iteration >/dev/null
	sleep "$CAP"
	virsh domjobinfo $DOMAIN --rawstats >/tmp/job
	wall >/tmp/ended
	virsh -q domjobabort $DOMAIN
}

move() {
	options=''
	[ "$1" != auto-converge ] || options=--auto-converge
	rm -f /tmp/ended
	stdbuf -oL virsh event $DOMAIN --all --loop --timestamp >/tmp/events 2>&1 &
	listener=$!
	stdbuf -oL virsh qemu-monitor-event $DOMAIN --event MIGRATION --loop >/tmp/states 2>&1 &
	second_listener=$!
	give_up &
	patience=$!
	converged=true WHERE='vs-hosts second'
	# shellcheck disable=SC2086 # one word or none
	vs-hosts migrate $DOMAIN $options >&2 || converged=false WHERE=''
	kill $patience 2>/dev/null || true
	[ $converged = false ] || virsh domjobinfo $DOMAIN --completed --rawstats >/tmp/job
	sleep 0.3	# for the last events
	for pid in $listener $second_listener; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
}

cell() {
	variant=$1
	IFS=: read -r name mib rate link CAP _ <<-END
	$2
	END
	vs-hosts link "$link"
	bring_up_writers "$variant" "$mib" "$rate"
	if ! turn_on "$variant"; then
		echo "SKIPPED $variant: this QEMU has no such capability"
		take_down $DOMAIN
		return
	fi
	sleep "$((BEFORE + 1))"	# the first second is the loads' beginning
	began=$(stamp)
	[ "$variant" != virtsched ] || trace_on
	move "$variant"
	[ "$variant" != virtsched ] || trace_off
	printf 'CELL {"case":"%s","variant":"%s","working_set":%d,"rate":%d,"link":%d,"converged":%s,"before":%s,"stamp":%s,"ended":%s,"job":{%s},' \
		"$name" "$variant" "$mib" "$rate" "$link" $converged "$BEFORE" "$began" "$(cat /tmp/ended 2>/dev/null || echo 0)" "$(figures /tmp/job)"
	[ "$variant" != virtsched ] || printf '"states":[%s],"mark":%s,"claims":[%s],"waits":[%s],' "$(states)" "$(mark)" "$(claims)" "$(waits)"
	printf '"events":[%s],"work":{"writer":[%s],"light":[%s],"reader":[%s]}}\n' \
		"$(lines /tmp/events)" "$(series writer)" "$(series light)" "$(series reader)"
	say "cell $variant $name: converged $converged, $(figures /tmp/job)"
	$WHERE virsh -q destroy $DOMAIN
	virsh -q undefine $DOMAIN
}

quiet_host
vs-hosts up
for case in $CASES; do
	for variant in $(echo "${case##*:}" | tr , ' '); do
		cell "$variant" "$case"
	done
done
vs-hosts down
