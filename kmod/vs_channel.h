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

/**
 * struct vs_told - what a guest has said of what a vCPU does
 * @id: VS_TASK_TOLD and its process, 0: nothing is said
 * @class: enum vs_page_task of it
 * @input: VS_PAGE_INPUT_* of an input since the last look, 0: none
 */
struct vs_told {
	u64 id;
	u8 class;
	u8 input;
};

struct vs_channel_map *vs_channel_map(const struct vs_channel *req);
void vs_channel_unmap(struct vs_channel_map *map);
void vs_channel_wire(struct vs_domain *d);
void vs_channel_unwire(struct vs_vcpu *v);
void vs_channel_close(struct vs_domain *d);
enum vs_voice vs_channel_hear(struct vs_vcpu *v, u64 now);
bool vs_channel_answered(const struct vs_vcpu *v);
bool vs_channel_told(struct vs_vcpu *v, u64 seen, struct vs_told *told);
void vs_channel_ask(struct vs_domain *d);
void vs_channel_publish(struct vs_domain *d, const u32 *ids, u32 nr);
void vs_channel_say(struct vs_vcpu *v, u8 state);

#endif /* VS_CHANNEL_H */
