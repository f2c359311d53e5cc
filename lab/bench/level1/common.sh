# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Words that the level-1 parts of the benchmarks share. Sourced.

say() { echo "$*" >&2; }
clock() { cut -d' ' -f1 /proc/uptime; }

# CPU time of a service in us; 0 when it does not run
unit_us() {
	stat=/sys/fs/cgroup/system.slice/$1.service/cpu.stat
	if [ -f "$stat" ]; then sed -n 's/usage_usec //p' "$stat"; else echo 0; fi
}

# CPU time of all vCPU threads of a domain in us
vcpus_us() {
	for task in /proc/"$(cat "/run/libvirt/qemu/$1.pid")"/task/*; do
		if grep -q 'CPU [0-9]*/KVM' "$task/comm"; then cat "$task/schedstat"; fi
	done | awk '{ns += $1} END {printf "%d", ns / 1000}'
}

# What keeps a kernel without full preemption busy for 0.1 to 2 ms, at random, under every variant: level 1's disk is memory
# that the CPU itself copies to, a whole request without a break; khugepaged copies whole huge pages.
quiet_host() {
	mount -o remount,commit=3600 /
	echo 0 >/proc/sys/vm/dirty_writeback_centisecs
	echo 4000000000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	echo 4000000000 >/sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs
}

settle() {
	udevadm settle
	sync
	sleep 1
}

# bring_up DOMAIN VARIANT VCPUS: defined and started; static: every vCPU SCHED_FIFO, by libvirt's own means, or SCHED_RR with the
# shortest slice there is where two may meet on a CPU: one that spins for the other, as SeaBIOS does when it starts them, would keep
# it from running for ever; virtsched-guest: with the guest channel
bring_up() {
	case $2 in
	static)
		policy=fifo
		if [ "$3" -gt "$(nproc)" ]; then
			policy=rr
			echo 1 >/proc/sys/kernel/sched_rr_timeslice_ms
		fi
		printf "<cputune><vcpusched vcpus='0-%d' scheduler='%s' priority='1'/></cputune>" $(($3 - 1)) "$policy" >/tmp/static.xml
		set -- "$1" "$2" "$3" '--xml-fragment /tmp/static.xml'
		;;
	virtsched-guest) set -- "$1" "$2" "$3" --channel ;;
	*) set -- "$@" '' ;;
	esac
	# shellcheck disable=SC2086 # two words or none
	vs-domain "$1" --vcpus "$3" $4 >"/tmp/$1.xml"
	virsh -q define "/tmp/$1.xml"
	virsh -q start "$1"
	vs-guest "$1" --wait
}

# boost_on DOMAIN VARIANT [SETTING]: on, as everybody has it or as SETTING says
boost_on() {
	if [ "${2:-}" = virtsched-guest ]; then
		virt-sched set "$1" "${3:-boost.state=on}" boost.guest=on --live >&2
		vs-guest "$1" -- 'insmod /extra/virtsched_guest.ko; until dmesg | grep -q "the host is told"; do sleep 0.1; done'
	else
		virt-sched set "$1" "${3:-boost.state=on}" --live >&2
	fi
	virt-sched show "$1" >&2
}

take_down() {
	virsh -q destroy "$1"
	virsh -q undefine "$1"
}
