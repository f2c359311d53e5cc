// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uprobes in the QEMU binary, in one process each: other VMs that run the same binary pay nothing. Every front end (SPICE, VNC, D-Bus
 * display, evdev, QMP) comes through qemu_input_event_send_impl(console, event); every sound card through AUD_write(). Nothing of
 * QEMU's memory is trusted: a strange event is no event.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vs_compat.h"
#include "vs_domain.h"
#include "vs_input.h"
#include "vs_phase.h"

/**
 * struct vs_uprobe - one probe of one domain
 * @consumer: while @offset
 * @handle: of newer kernels
 * @offset: in the file, 0: not registered
 */
struct vs_uprobe {
	struct uprobe_consumer consumer;
	struct uprobe *handle;
	loff_t offset;
};

/**
 * struct vs_input - what is probed for one domain
 * @d: which; it closes this before it goes
 * @mm: of its QEMU, to compare; kept from being used again
 * @inode: of its binary
 * @event: input
 * @sound: sound card's output
 */
struct vs_input {
	struct vs_domain *d;
	struct mm_struct *mm;
	struct inode *inode;
	struct vs_uprobe event;
	struct vs_uprobe sound;
};

/* QEMU's InputEventKind and InputButton: part of QMP, which promises not to change them. */
enum { VS_QEMU_KEY, VS_QEMU_BTN, VS_QEMU_REL, VS_QEMU_ABS, VS_QEMU_MTT };
enum { VS_QEMU_WHEEL_UP = 3, VS_QEMU_WHEEL_DOWN = 4, VS_QEMU_WHEEL_LEFT = 7, VS_QEMU_WHEEL_RIGHT = 8, VS_QEMU_TOUCH = 9, VS_QEMU_BUTTONS = 32 };

/*
 * QEMU 10: struct InputEvent { InputEventKind type; union { InputBtnEvent *btn; } u; }, QEMU 11.1: struct QemuInputEvent
 * { InputEventKind type; union { InputBtnEvent btn; }; }. The button, a small number, is InputBtnEvent's first member; no address ends so.
 */
static u32 vs_input_button(unsigned long event)
{
	unsigned long data;
	u32 button;

	if (get_user(data, (unsigned long __user *)(event + sizeof(long))))
		return 0;
	button = (u32)data;
	if (button >= VS_QEMU_BUTTONS && get_user(button, (u32 __user *)data))
		return 0;
	switch (button) {
	case VS_QEMU_WHEEL_UP:
	case VS_QEMU_WHEEL_DOWN:
	case VS_QEMU_WHEEL_LEFT:
	case VS_QEMU_WHEEL_RIGHT:
		return VS_INPUT_WHEEL;
	case VS_QEMU_TOUCH:
		return VS_INPUT_TOUCH;
	default:
		return VS_INPUT_BUTTON;
	}
}

static u32 vs_input_kind(unsigned long event)
{
	u32 type;

	if (get_user(type, (u32 __user *)event))
		return 0;
	switch (type) {
	case VS_QEMU_KEY:
		return VS_INPUT_KEY;
	case VS_QEMU_BTN:
		return vs_input_button(event);
	case VS_QEMU_REL:
	case VS_QEMU_ABS:
		return VS_INPUT_MOTION;
	case VS_QEMU_MTT:
		return VS_INPUT_TOUCH;
	default:
		return 0;
	}
}

/* Context: QEMU's thread on its way through the function; may sleep. */
static VS_UPROBE_HANDLER(vs_input_event, uc, regs)
{
	struct vs_input *input = container_of(uc, struct vs_input, event.consumer);
	u32 kind;

	if (current->mm != input->mm)
		return 0;
	kind = vs_input_kind(regs->si);
	if (kind)
		vs_phase_input(input->d, kind, 0);
	return 0;
}

static VS_UPROBE_HANDLER(vs_input_sound, uc, regs)
{
	struct vs_input *input = container_of(uc, struct vs_input, sound.consumer);

	if (current->mm == input->mm)
		vs_phase_sound(input->d);
	return 0;
}

static VS_UPROBE_FILTER(vs_input_filter_event, uc, mm)
{
	return container_of(uc, struct vs_input, event.consumer)->mm == mm;
}

static VS_UPROBE_FILTER(vs_input_filter_sound, uc, mm)
{
	return container_of(uc, struct vs_input, sound.consumer)->mm == mm;
}

static int vs_uprobe_open(struct vs_input *input, struct vs_uprobe *probe, u64 offset)
{
	int err;

	if (!offset)
		return 0;
	err = vs_uprobe_register(input->inode, offset, &probe->consumer, &probe->handle);
	if (!err)
		probe->offset = offset;
	return err;
}

static void vs_uprobe_close(struct vs_input *input, struct vs_uprobe *probe)
{
	if (probe->offset)
		vs_uprobe_unregister(input->inode, probe->offset, &probe->consumer, probe->handle);
	probe->offset = 0;
}

static void vs_input_free(struct vs_input *input)
{
	vs_uprobe_close(input, &input->event);
	vs_uprobe_close(input, &input->sound);
	if (input->mm)
		mmdrop(input->mm);
	iput(input->inode);
	kfree(input);
}

/* Take the domain's probes away, if it has any. Context: process, registry mutex held. */
void vs_input_close(struct vs_domain *d)
{
	if (d->input)
		vs_input_free(d->input);
	d->input = NULL;
}

/* The address space of QEMU, kept from being freed, not from being emptied. */
static struct mm_struct *vs_input_mm(pid_t tgid)
{
	struct pid *pid = find_get_pid(tgid);
	struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_TGID) : NULL;
	struct mm_struct *mm = task ? get_task_mm(task) : NULL;

	if (mm) {
		mmgrab(mm);
		mmput(mm);
	}
	if (task)
		put_task_struct(task);
	put_pid(pid);
	return mm;
}

static struct vs_input *vs_input_new(struct vs_domain *d, int fd)
{
	struct vs_input *input = kzalloc(sizeof(*input), GFP_KERNEL);
	struct file *file = fget(fd);
	int err = -EBADF;

	if (!input || !file || !S_ISREG(file_inode(file)->i_mode))
		goto fail;
	input->d = d;
	input->event.consumer.handler = vs_input_event;
	input->event.consumer.filter = vs_input_filter_event;
	input->sound.consumer.handler = vs_input_sound;
	input->sound.consumer.filter = vs_input_filter_sound;
	input->mm = vs_input_mm(d->tgid);
	err = -ESRCH;
	if (!input->mm)
		goto fail;
	input->inode = igrab(file_inode(file));
	fput(file);
	return input;

fail:
	if (file)
		fput(file);
	err = input ? err : -ENOMEM;
	kfree(input);
	return ERR_PTR(err);
}

static bool vs_input_same(const struct vs_input *input, const struct vs_interactive *req)
{
	struct file *file = fget(req->exe_fd);
	bool same = file && file_inode(file) == input->inode && input->event.offset == req->input_offset &&
		    input->sound.offset == req->audio_offset;

	if (file)
		fput(file);
	return same;
}

/**
 * vs_input_open() - watch what @req names, and nothing else
 * @d: domain, with tasks
 * @req: exe_fd and the offsets
 *
 * Context: process, registry mutex held. Registering walks all processes that have the binary mapped.
 * Return: 0; -EBADF, -ESRCH, -ENOMEM or what uprobe_register() says, with what was there kept.
 */
int vs_input_open(struct vs_domain *d, const struct vs_interactive *req)
{
	struct vs_input *input;
	int err;

	if (req->exe_fd < 0 || !(req->input_offset || req->audio_offset)) {
		vs_input_close(d);
		return 0;
	}
	if (d->input && vs_input_same(d->input, req))
		return 0;
	input = vs_input_new(d, req->exe_fd);
	if (IS_ERR(input))
		return PTR_ERR(input);
	err = vs_uprobe_open(input, &input->event, req->input_offset);
	if (!err)
		err = vs_uprobe_open(input, &input->sound, req->audio_offset);
	if (err) {
		vs_input_free(input);
		return err;
	}
	vs_input_close(d);
	d->input = input;
	return 0;
}
