#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench exit-cost`: the same guest under each state of the module, one line "CELL {json}" a state; then the
# module's own functions in a guest that is boosted all the time, one line "FUNCTION name ns" a call.
set -eu
N=${N:-1000}

measure() {
	sleep 3	# let everything that was just started settle
	vs-guest desk -- "vs-exitcost $N" >/dev/null	# warm
	printf 'CELL {"state":"%s","cost":%s}\n' "$1" "$(vs-guest desk -- "vs-exitcost $N")"
}

# The kernel's own tracer times them, without what they call in between.
functions() {
	cd /sys/kernel/tracing
	echo 0 >tracing_on
	for name in $FUNCTIONS; do echo "$name:mod:virtsched"; done >set_ftrace_filter
	echo 1 >max_graph_depth
	echo function_graph >current_tracer
	echo nofuncgraph-irqs >trace_options
	vs-guest desk -- 'vs-load hog 1 >/dev/null 2>&1 & sleep 0.3'
	systemd-run -q --unit=vs-hogs vs-load hog 2
	echo 1 >tracing_on
	vs-guest desk -- 'vs-latency --interval 500 --duration 0.5 --priority 80 >/dev/null; killall vs-load'
	echo 0 >tracing_on
	systemctl stop vs-hogs
	sed -n 's/.* \([0-9.]*\) us *| *\(vs_[a-z_]*\).*/FUNCTION \2 \1/p' trace
	echo nop >current_tracer
	echo >set_ftrace_filter
	cd /
}

# Halt polling makes a wake-up either short (polled) or long, by its own history: it is not what is measured here.
echo 0 >/sys/module/kvm/parameters/halt_poll_ns
systemctl stop virtschedd
rmmod virtsched 2>/dev/null || true
vs-domain desk --channel >/tmp/desk.xml
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
virt-sched set desk dirtyQuota.state=on --live >&2
measure quota-idle
virt-sched unset desk --all-settings --live >&2
virt-sched set other boost.state=on --live >&2
measure other-attached
virt-sched set desk boost.state=on --live >&2
measure attached
functions
virt-sched set desk boost.guest=on --live >&2
vs-guest desk -- 'insmod /extra/virtsched_guest.ko; until dmesg | grep -q "the host is told"; do sleep 0.1; done'
measure guest-voice
virsh -q destroy desk
virsh -q destroy other
