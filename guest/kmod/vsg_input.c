// SPDX-License-Identifier: GPL-2.0-only
/*
 * Input as the guest's kernel sees it, whatever it comes from: QEMU's devices, which the host sees as well, or a USB or graphics card
 * that was passed through, which it does not. Listens only; a kernel without it is served without.
 */
#include <linux/input.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vsg.h"

/* 0: nothing that a person does. A key that repeats itself is held, not pressed. */
static u8 vsg_input_kind(unsigned int type, unsigned int code, int value)
{
	switch (type) {
	case EV_KEY:
		if (value > 1)
			return 0;
		if (code >= BTN_DIGI && code < BTN_WHEEL)
			return VS_PAGE_INPUT_TOUCH;
		return code >= BTN_MISC && code < KEY_OK ? VS_PAGE_INPUT_BUTTON : VS_PAGE_INPUT_KEY;
	case EV_REL:
		return code == REL_WHEEL || code == REL_HWHEEL ? VS_PAGE_INPUT_WHEEL : VS_PAGE_INPUT_MOTION;
	case EV_ABS:
		return VS_PAGE_INPUT_MOTION;
	default:
		return 0;
	}
}

static void vsg_input_event(struct input_handle *handle, unsigned int type, unsigned int code, int value)
{
	u8 kind = vsg_input_kind(type, code, value);

	if (kind)
		vsg_told_input(kind);
}

static int vsg_input_connect(struct input_handler *handler, struct input_dev *dev, const struct input_device_id *id)
{
	struct input_handle *handle = kzalloc(sizeof(*handle), GFP_KERNEL);
	int err;

	if (!handle)
		return -ENOMEM;
	handle->dev = dev;
	handle->handler = handler;
	handle->name = KBUILD_MODNAME;
	err = input_register_handle(handle);
	if (err)
		goto err_free;
	err = input_open_device(handle);
	if (err)
		goto err_unregister;
	return 0;

err_unregister:
	input_unregister_handle(handle);
err_free:
	kfree(handle);
	return err;
}

static void vsg_input_disconnect(struct input_handle *handle)
{
	input_close_device(handle);
	input_unregister_handle(handle);
	kfree(handle);
}

static const struct input_device_id vsg_input_ids[] = {
	{ .flags = INPUT_DEVICE_ID_MATCH_EVBIT, .evbit = { BIT_MASK(EV_KEY) } },
	{ .flags = INPUT_DEVICE_ID_MATCH_EVBIT, .evbit = { BIT_MASK(EV_REL) } },
	{ },
};

static struct input_handler vsg_input_handler = {
	.event = vsg_input_event,
	.connect = vsg_input_connect,
	.disconnect = vsg_input_disconnect,
	.name = KBUILD_MODNAME,
	.id_table = vsg_input_ids,
};
static bool vsg_input_on;

/* Context: process. */
void vsg_input_start(void)
{
	vsg_input_on = !input_register_handler(&vsg_input_handler);
}

/* Context: process; no event is on its way afterwards. */
void vsg_input_stop(void)
{
	if (vsg_input_on)
		input_unregister_handler(&vsg_input_handler);
	vsg_input_on = false;
}
