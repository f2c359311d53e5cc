/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the guest's CPUs are slow: those where background work runs. Fast are the first ones. */
#ifndef VSG_CPUS_H
#define VSG_CPUS_H

#include <stdbool.h>
#include <stddef.h>

/* The slow CPUs, as cpuset has them ("2-3\n"), if @fast are fast, 0: half of them; false when none is left for one of the two. */
bool vsg_cpus_slow(int fast, char *cpus, size_t room);

/* Keeps this process on @cpus, which vsg_cpus_slow() gave. */
void vsg_cpus_stay_on(const char *cpus);

#endif
