/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's end of the guest channel: pages shared with a guest (uapi/virtsched-page.h), what the guest says, what we say.
 */
#ifndef VS_CHANNEL_H
#define VS_CHANNEL_H

#include "uapi/virtsched.h"
#include "uapi/virtsched-page.h"

struct vs_channel_map;
struct vs_domain;
struct vs_vcpu;

/**
 * enum vs_voice - what a guest has said of one vCPU
 * @VS_VOICE_SILENT: nothing, or not to us
 * @VS_VOICE_CALM: nothing urgent
 * @VS_VOICE_URGENT: it would rather not be preempted
 */
enum vs_voice {
	VS_VOICE_SILENT,
	VS_VOICE_CALM,
	VS_VOICE_URGENT,
};

struct vs_channel_map *vs_channel_map(const struct vs_channel *req);
void vs_channel_unmap(struct vs_channel_map *map);
void vs_channel_wire(struct vs_domain *d);
void vs_channel_unwire(struct vs_vcpu *v);
void vs_channel_close(struct vs_domain *d);
enum vs_voice vs_channel_hear(struct vs_vcpu *v, u64 now);
bool vs_channel_answered(const struct vs_vcpu *v);
void vs_channel_say(struct vs_vcpu *v, u8 state);

#endif /* VS_CHANNEL_H */
