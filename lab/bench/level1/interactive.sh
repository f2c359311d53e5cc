#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Level-1 part of `bench interactive`: VM desk with a program that somebody uses through VNC and counted hogs, VM other with
# hogs alone, the same two VMs for all variants of one app. One line "CELL {json}" a variant. Nothing polls while a cell runs.
# Environment: APP (of lab/programs/vs-interactive.c, or none: nobody touches a key) VARIANTS SECONDS_PER_CELL (of none) VCPUS HOGS
set -eu
here=${0%/*}
# shellcheck source=lab/bench/level1/common.sh
. "$here/common.sh"
VNC=/run/vs-vnc/desk.sock	# in libvirt's own folders it would take the path for one that it made up itself
TRACING=/sys/kernel/tracing
ANSWERS=/var/lib/libvirt/qemu/vs-desk-answers.sock

# VNC passes keys on only when there is a picture; nobody asks for the picture.
start_vms() {
	install -d -o libvirt-qemu -m 700 "${VNC%/*}"
	cat >/tmp/devices.xml <<-END
		<graphics type='vnc'><listen type='socket' socket='$VNC'/></graphics>
		<video><model type='vga'/></video>
		<channel type='unix'>
		  <source mode='bind' path='$ANSWERS'/><target type='virtio' name='org.virtsched.answer.0'/>
		</channel>
	END
	case $VARIANTS in *-ext*) channel=--channel ;; *) channel='' ;; esac
	vs-domain desk $channel --vcpus "$VCPUS" --device-fragment /tmp/devices.xml >/tmp/desk.xml
	vs-domain other --vcpus "$VCPUS" >/tmp/other.xml
	for name in desk other; do
		virsh -q define "/tmp/$name.xml"
		virsh -q start "$name"
		vs-guest "$name" --wait
	done
}

# The guest's time stamp counter minus the host's; the same for all vCPUs of a VM that was never paused.
tsc_offset() {
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	sort -u /sys/kernel/debug/kvm/"$(cat "/run/libvirt/qemu/$1.pid")"-*/vcpu*/tsc-offset >/tmp/offset
	[ "$(wc -l </tmp/offset)" = 1 ] || { say "vCPUs of $1 with clocks of their own: $(tr '\n' ' ' </tmp/offset)"; exit 1; }
	cat /tmp/offset
}

hogs() {
	for name in desk other; do
		vs-guest "$name" -- "vs-load counted $HOGS >/dev/null 2>&1 &"
	done
}

counts() { vs-guest "$1" -- vs-load count; }

# settings VARIANT: what virt-sched sets for it; ratio-N, boost and ext, as far as they are in its name, joined by dashes. The budget is that of a VM whose
# answers take a few ms and come a few times a second: a burst as long as the longest piece of work between two waits.
settings() {
	case $1 in
	*boost*) printf 'boost.state=on boost.budget.burst=10000 boost.budget.share=50 ' ;;
	esac
	case $1 in
	ratio-*) printf 'interactive.state=on interactive.weightRatio.interactive=%d ' "$(echo "$1" | cut -d- -f2)" ;;
	esac
	case $1 in
	*-ext) printf 'interactive.guest=extension' ;;
	esac
}

# The guest's module and agent, for a variant that ends in -ext; the host has its settings by then.
extension() {
	case $1 in *-ext) ;; *) return 0 ;; esac
	# shellcheck disable=SC2016 # the guest's
	vs-guest desk -- 'insmod /extra/virtsched_guest.ko
		until grep -qx "open 1" /sys/bus/pci/drivers/virtsched_guest/0000*/counts; do sleep 0.1; done
		[ -f /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 none /sys/fs/cgroup
		virtsched-guest >/dev/null 2>&1 &'
}

end_extension() {
	case $1 in *-ext) ;; *) return 0 ;; esac
	vs-guest desk -- 'killall virtsched-guest; while pidof virtsched-guest >/dev/null; do sleep 0.1; done; rmmod virtsched_guest'
}

# The guest's own account of its hogs, as JSON: when, and run time of each in ns.
account() {
	# shellcheck disable=SC2016 # the guest's
	vs-guest desk -- 'cat /proc/uptime; for pid in $(pidof vs-load); do echo $pid $(cat /proc/$pid/schedstat); done' |
		awk 'NR == 1 { printf "{\"at\":%s,\"ns\":{", $1; next } { printf "%s\"%s\":%s", n++ ? "," : "", $1, $2 } END { print "}}" }'
}

# Both accounts of a second, the guest's and the module's.
loads() {
	before=$(account)
	sleep 1.1
	after=$(account)
	printf ',"loads":{"before":%s,"after":%s,"top":%s}' "$before" "$after" "$(virt-sched top --json --count 1 | tr '\n' ' ')"
}

# Keep the trace of what is classified; 0: no longer
watch() {
	[ -d $TRACING/events ] || mount -t tracefs tracefs $TRACING
	[ "$1" = 0 ] || echo >$TRACING/trace
	echo "$1" >$TRACING/events/virtsched/virtsched_classify/enable
}

# The guest tasks that were background at any time, as the inside of a JSON list
background() {
	sed -n 's/.*domain=desk task=\([0-9a-f]*\) .*class=background.*/"\1"/p' $TRACING/trace | sort -u | tr '\n' , | sed 's/,$//'
}

use() {
	if [ "$APP" = none ]; then
		sleep "$SECONDS_PER_CELL"
		echo '{"responses_us":[],"frames":0,"dropped":0,"glitches":0}'
	else
		vs-vnc --vnc $VNC --answers $ANSWERS --offset "$(tsc_offset desk)" <"$here/keys/$APP"
	fi
}

# CPU time of this job: of the keys, of the measuring
job_us() { sed -n 's/^usage_usec //p' "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cpu.stat"; }

cell() {
	variant=$1 wanted=$(settings "$1")
	# shellcheck disable=SC2086 # a word a setting
	[ -z "$wanted" ] || virt-sched set desk $wanted --live >&2
	extension "$variant"
	[ "$APP" = none ] ||
		vs-guest desk -- "vs-interactive $APP $(grep -c '^[^#]' "$here/keys/$APP") >/dev/null 2>/tmp/interactive &"
	sleep 1.5
	case $variant in ratio-*) watch 1 ;; esac
	desk=$(counts desk) other=$(counts other) job=$(job_us)
	use >/tmp/used
	desk=$(echo "$desk $(counts desk)" | tr ' ' ,) job=$(($(job_us) - job))
	other=$(echo "$other $(counts other)" | tr ' ' ,) more=''
	case $variant in
	ratio-*)
		watch 0
		more=",\"background\":[$(background)]"
		[ "$APP" != none ] || more=$more$(loads)
		;;
	esac
	printf 'CELL {"app":"%s","variant":"%s","desk":[%s],"other":[%s],"job_us":%d%s,"use":%s}\n' "$APP" "$variant" "$desk" "$other" "$job" "$more" "$(cat /tmp/used)"
	say "cell $APP $variant: $(cut -c 1-200 /tmp/used)"
	end_extension "$variant"
	[ -z "$wanted" ] || {
		echo "STATS $APP $variant $(virt-sched stats desk --json | tr '\n' ' ')"
		virt-sched unset desk --all-settings --live >&2
	}
}

quiet_host
start_vms
settle
for variant in $VARIANTS; do
	[ "$variant" = alone ] || [ -n "${loaded:-}" ] || { hogs; loaded=yes; }
	cell "$variant"
done
take_down desk
take_down other
