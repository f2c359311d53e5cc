# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# A level-1 host as one that has never had virtsched, and its packages: for run, new-user and role, behind tests/vm/lib.sh.
# shellcheck disable=SC2034,SC2154 # they use it, and have set $here
MAIN=$(ls "$here"/virtsched_*.deb) DKMS=$(ls "$here"/virtsched-dkms_*.deb) HOOK=/etc/libvirt/hooks/qemu.d/50-virtsched
# Not there where node, npm or its registry was not: packaging/build has left the reason then.
# shellcheck disable=SC2034
PAGE=$(ls "$here"/cockpit-virtsched_*.deb 2>/dev/null || true)
passed=0 failed=0 skipped=0

# The lab has installed the project without packages: as if it had not. The module's file stays.
take_lab_install_away() {
	systemctl disable --now virtschedd
	rmmod virtsched
	for deb in "$MAIN" "$DKMS"; do
		dpkg-deb -c "$deb" | awk '{print $6}' | sed 's/^\.//' | while read -r path; do
			[ -d "$path" ] || rm -f "$path"
			[ -d "/usr$path" ] || rm -f "/usr$path"
		done
	done
	rm -rf /etc/virtsched /run/virtsched "$HOOK" /usr/share/virtsched
	systemctl daemon-reload
	systemctl restart libvirtd
	[ ! -e /usr/bin/virt-sched ] || fail "virt-sched is still there"
}

# Level 1 has no network: what apt would get is in the image, or mounted.
install() { dpkg -i --force-depends --force-confold "$@" || fail "dpkg -i $*"; }

# run_claims CLAIM...: each in a shell of its own, since a condition would switch -e off; "claim" is a word of the caller's.
run_claims() {
	for claim; do
		status=0 begin=$(cut -d. -f1 /proc/uptime)
		"$0" claim "$claim" >/tmp/claim.log 2>&1 || status=$?
		took=$(($(cut -d. -f1 /proc/uptime) - begin))
		case $status in
		0) passed=$((passed + 1)) && echo "ok $claim ($took s)" ;;
		77) skipped=$((skipped + 1)) && echo "skip $claim: $(tail -n 1 /tmp/claim.log)" ;;
		*)
			failed=$((failed + 1))
			echo "not ok $claim ($took s)"
			grep -v 'files list file for package' /tmp/claim.log | sed 's/^/    /' | tail -n 30
			;;
		esac
	done
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
