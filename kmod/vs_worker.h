/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One FIFO thread per host CPU, for changing the parameters of a thread that is not current.
 */
#ifndef VS_WORKER_H
#define VS_WORKER_H

struct vs_vcpu;

int vs_worker_start(void);
void vs_worker_stop(void);
void vs_worker_queue(struct vs_vcpu *v);

#endif /* VS_WORKER_H */
