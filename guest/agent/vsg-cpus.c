/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the guest's CPUs are slow, and keeping the agent itself there. Reads sysfs; changes nobody else. */
#include "vsg-cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vsg-files.h"

bool vsg_cpus_slow(int fast, char *cpus, size_t room)
{
	char path[512], text[256];
	long nr = 0, first;

	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/online", vsg_root);
	vsg_read(path, text, sizeof(text));
	/* The last number is the highest CPU. Those that are off in between do not hurt a cpuset. */
	for (char *at = text; *at; at += strspn(at, ",-\n")) {
		char *end;

		nr = strtol(at, &end, 10) + 1;
		if (end == at)
			break;
		at = end;
	}
	first = fast ? fast : (nr + 1) / 2;
	if (first >= nr)
		return false;
	snprintf(cpus, room, "%ld-%ld\n", first, nr - 1);
	return true;
}

/*
 * Who moves a thread between cgroups spins until the CPU that it was on last has taken an interrupt. On a fast CPU that would keep the
 * person's program waiting for a slow one's turn; on a slow CPU it keeps nobody, and the host sees that no background work runs there.
 */
void vsg_cpus_stay_on(const char *cpus)
{
	long last = strtol(cpus + strcspn(cpus, "-") + 1, NULL, 10);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long cpu = atol(cpus); cpu <= last && cpu < CPU_SETSIZE; cpu++)
		CPU_SET(cpu, &set);
	/* Those of a made tree are not this machine's. */
	if (!*vsg_root)
		sched_setaffinity(0, sizeof(set), &set);
}
