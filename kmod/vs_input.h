/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's input and sound, as its unmodified QEMU handles them.
 */
#ifndef VS_INPUT_H
#define VS_INPUT_H

struct vs_domain;
struct vs_interactive;

int vs_input_open(struct vs_domain *d, const struct vs_interactive *req);
void vs_input_close(struct vs_domain *d);

#endif /* VS_INPUT_H */
