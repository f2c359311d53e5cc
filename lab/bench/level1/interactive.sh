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
	vs-domain desk --vcpus "$VCPUS" --device-fragment /tmp/devices.xml >/tmp/desk.xml
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

# settings VARIANT: what virt-sched sets for it; ratio-N and boost, or both, joined by a dash
settings() {
	case $1 in
	*boost) printf 'boost.state=on ' ;;
	esac
	case $1 in
	ratio-*) printf 'interactive.state=on interactive.weightRatio.interactive=%d' "$(echo "$1" | cut -d- -f2)" ;;
	esac
}

use() {
	if [ "$APP" = none ]; then
		sleep "$SECONDS_PER_CELL"
		echo '{"responses_us":[],"frames":0,"dropped":0,"glitches":0}'
	else
		vs-vnc --vnc $VNC --answers $ANSWERS --offset "$(tsc_offset desk)" <"$here/keys/$APP"
	fi
}

cell() {
	variant=$1 wanted=$(settings "$1")
	# shellcheck disable=SC2086 # a word a setting
	[ -z "$wanted" ] || virt-sched set desk $wanted --live >&2
	[ "$APP" = none ] ||
		vs-guest desk -- "vs-interactive $APP $(grep -c '^[^#]' "$here/keys/$APP") >/dev/null 2>/tmp/interactive &"
	sleep 1.5
	desk=$(counts desk) other=$(counts other)
	use >/tmp/used
	printf 'CELL {"app":"%s","variant":"%s","desk":[%s],"other":[%s],"use":%s}\n' "$APP" "$variant" \
		"$(echo "$desk $(counts desk)" | tr ' ' ,)" "$(echo "$other $(counts other)" | tr ' ' ,)" "$(cat /tmp/used)"
	say "cell $APP $variant: $(cut -c 1-200 /tmp/used)"
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
