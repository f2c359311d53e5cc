# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Words for the cases of the vm tier. Sourced by run; everything here speaks to real libvirt, QEMU and KVM.

fail() { echo "FAILED: $*"; exit 1; }

# define NAME [vs-domain option...]; with $ELEMENT, an <metadata> with our element in it.
define() {
	if [ -n "${ELEMENT:-}" ]; then
		printf "<metadata><virtsched:scheduling xmlns:virtsched='https://virtsched.org/xmlns/libvirt/domain/1.0'>%s</virtsched:scheduling></metadata>" \
			"$ELEMENT" >/tmp/fragment.xml
		set -- "$@" --xml-fragment /tmp/fragment.xml
	fi
	vs-domain --memory 128 "$@" >/tmp/define.xml
	virsh -q define /tmp/define.xml
}

# shellcheck disable=SC2034 # the cases use it
BOOST="<virtsched:boost state='on'/>"

start() { virsh -q start "$1" && vs-guest "$1" --wait; }
pid_of() { cat "/run/libvirt/qemu/$1.pid"; }
# Thread ids of the vCPUs, from QEMU's own thread names.
vcpus_of() { grep -l 'CPU [0-9]*/KVM' /proc/"$(pid_of "$1")"/task/*/comm | cut -d/ -f5; }
# nice value of a thread; its name may have blanks
nice_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f17; }
# thread of vCPU N of a domain, and its nice value
tid_of_vcpu() { grep -lx "CPU $2/KVM" /proc/"$(pid_of "$1")"/task/*/comm | cut -d/ -f5; }
nice_of_vcpu() { nice_of "$(tid_of_vcpu "$1" "$2")"; }
# nice_is NAME VCPU NICE
nice_is() { [ "$(nice_of_vcpu "$1" "$2")" = "$3" ]; }
# every vCPU thread of NAME has nice 0
no_nice() { for tid in $(vcpus_of "$1"); do [ "$(nice_of "$tid")" = 0 ] || return 1; done; }
# number NAME KEY: a figure of its phases, as virt-sched top has it
number() { virt-sched top "$1" --count 1 --json | tr -d ' \n' | grep -o "\"$2\":[0-9]*" | head -n 1 | cut -d: -f2; }
# judged NAME COMMAND...: an input for NAME, which has counted by then
judged() {
	judged=$1 before=$(number "$1" inputs)
	shift
	"$@"
	until_true more_inputs
}
more_inputs() { [ "$(number "$judged" inputs)" -gt "$before" ]; }
# busy_tasks NAME N: at least N of its guest's tasks had most of a CPU, or waited for it, over the last window
busy_tasks() {
	virt-sched top "$1" --count 1 --json | tr -d ' \n' | tr '{}' '\n\n' | awk -v n="$2" '
		match($0, /"run.permille":[0-9]+/) {
			load = substr($0, RSTART + 15, RLENGTH - 15)
			match($0, /"wait.permille":[0-9]+/)
			if (load + substr($0, RSTART + 16, RLENGTH - 16) > 600) s++
		}
		END {exit s + 0 < n}'
}
in_phase() { virt-sched top "$1" --count 1 | grep -q "interactive phase"; }
# A boosted thread has SCHED_RESET_ON_FORK besides.
policy() { chrt -p "$1" | sed -n 's/|SCHED_RESET_ON_FORK$//; s/.*policy: //p'; }
cgroup_of() { sed 's/^0:://' "/proc/$1/cgroup"; }

# until COMMAND holds, 20 s at most
until_true() {
	n=0
	while ! "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 100 ] || fail "it never held: $*"
		sleep 0.2
	done
}

summary_is() { virt-sched list --all | grep -q " $1 .* $2\$"; }
summary() { until_true summary_is "$1" "$2"; }

# boosts NAME: all boosts so far
boosts() { virt-sched stats "$1" --json | tr -d ' \n' | grep -o '"boosts.\(wake\|kick\)":[0-9]*' | cut -d: -f2 | awk '{s += $1} END {print s + 0}'; }
boosts_grow() {
	before=$(boosts "$1")
	vs-guest "$1" -- 'vs-latency --duration 0.3 --priority 80' >/dev/null
	[ "$(boosts "$1")" -gt "$before" ] || fail "no boosts in $1: still $before"
}

# every vCPU thread of NAME is SCHED_OTHER, nice 0
put_back() {
	for tid in $(vcpus_of "$1"); do
		[ "$(policy "$tid")" = SCHED_OTHER ] || fail "thread $tid of $1 is still $(policy "$tid")"
		! chrt -p "$tid" | grep -q RESET_ON_FORK || fail "thread $tid of $1 keeps what it starts from being as it is: $(chrt -p "$tid")"
		[ "$(nice_of "$tid")" = 0 ] || fail "thread $tid of $1 has nice $(nice_of "$tid")"
	done
}
# virtschedd killed, and kept from coming back until revive
DROP_IN=/run/systemd/system/virtschedd.service.d
kill_for_good() {
	mkdir -p $DROP_IN
	printf '[Service]\nRestart=no\n' >$DROP_IN/test.conf
	systemctl daemon-reload
	systemctl kill -s KILL virtschedd
}
revive() {
	# It takes some seconds, so not after each case.
	if [ -e $DROP_IN ]; then
		rm -r $DROP_IN
		systemctl daemon-reload
	fi
	systemctl reset-failed virtschedd
	modprobe virtsched
	systemctl start virtschedd
}
# A vCPU in HLT is armed: SCHED_FIFO.
is_armed() { for tid in $(vcpus_of "$1"); do [ "$(policy "$tid")" = SCHED_FIFO ] || return 1; done; }
# A guest that was out of budget at its last HLT is armed at the next one: make it wake.
woken_is_armed() { vs-guest "$1" -- true && sleep 0.1 && is_armed "$1"; }
armed() { until_true woken_is_armed "$1"; }

# dirty_load NAME: in a guest of two vCPUs and 256 MiB, one that writes 96 MiB round and round, and one that reads
dirty_load() {
	vs-guest "$1" -- 'taskset 1 vs-load dirty 96 0 >/tmp/writer & taskset 2 vs-load read 8 0 >/tmp/reader &'
	until_true vs-guest "$1" -- 'test -s /tmp/writer'
}
# work NAME writer|reader SECONDS: pages that it did in a second, by the guest's clock
work() {
	first=$(vs-guest "$1" -- "tail -n 1 /tmp/$2")
	sleep "$3"
	echo "$first $(vs-guest "$1" -- "tail -n 1 /tmp/$2")" | awk '{t = $3 - $1; print t <= 0 ? 0 : int(($4 - $2) / t)}'
}
# log_dirty NAME SECONDS: QEMU logs dirty pages for so long
log_dirty() { virsh -q domdirtyrate-calc "$1" --seconds "$2" --mode dirty-bitmap; }
dirty_rate() { virsh domstats "$1" --dirtyrate | sed -n 's/.*megabytes_per_second=//p'; }
dirty_log_over() { virsh domstats "$1" --dirtyrate | grep -q 'calc_status=2'; }
# sleeps NAME: how often its vCPUs have waited for having dirtied too much
sleeps() { virt-sched migration "$1" --json | tr -d ' \n' | grep -o '"sleeps":[0-9]*' | cut -d: -f2 | awk '{s += $1} END {print s + 0}'; }
held() { [ "$(sleeps "$1")" -gt "$held_at" ]; }
wait_held() {
	held_at=$(sleeps "$1")
	until_true held "$1"
}
# A writer in NAME, with $QUOTA, is held up, and dirty pages are logged for SECONDS from now on.
hold_writer() {
	dirty_load "$1"
	log_dirty "$1" "$2"
	wait_held "$1"
}
# shellcheck disable=SC2034 # the cases use it
QUOTA="<virtsched:dirtyQuota><virtsched:rate value='2'/></virtsched:dirtyQuota>"

alive() { vs-guest "$1" -- 'echo alive' | grep -q alive || fail "guest $1 does not answer"; }

clean_up() {
	for name in $(virsh list --all --name); do
		virsh -q destroy "$name" 2>/dev/null || true
		virsh -q undefine "$name" --managed-save 2>/dev/null || virsh -q undefine "$name" || true
	done
	# what a case that failed half-way has left
	vs-hosts down
	systemctl stop vs-hogs 2>/dev/null || true
	systemctl reset-failed
	[ ! -f /tmp/conf ] || mv /tmp/conf /etc/virtsched/virtschedd.conf
	revive
}

nothing_attached() { [ "$(ls /run/virtsched/wired 2>/dev/null | wc -l)" = 0 ]; }
as_it_was() {
	until_true nothing_attached
	systemctl stop virtschedd
	rmmod virtsched || fail "the module is still in use"
	modprobe virtsched
	systemctl start virtschedd
	[ "$(find /sys/fs/cgroup/machine.slice -name virtsched -type d 2>/dev/null | wc -l)" = 0 ] || fail "cgroups are left"
}
