// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sysfs beside the device, for an agent: which processes the host takes for background, and which make sound. The host's list changes
 * without an interrupt, so each of ours has a look at its number.
 */
#include <linux/ctype.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vsg.h"

static const struct vs_page_background *vsg_list;
static struct kobject *vsg_kobj;
static u32 vsg_list_seen;

static void vsg_list_changed(struct work_struct *work)
{
	sysfs_notify(vsg_kobj, NULL, "background");
}
static DECLARE_WORK(vsg_list_work, vsg_list_changed);

/* Context: tracepoint at the end of an interrupt; nobody holds a lock of the scheduler. */
void vsg_list_look(void)
{
	u32 seq = READ_ONCE(vsg_list->seq), seen = READ_ONCE(vsg_list_seen);

	if (seq != seen && !(seq & 1) && cmpxchg(&vsg_list_seen, seen, seq) == seen)
		schedule_work(&vsg_list_work);
}

/* Context: process, before and after the tracepoints. */
void vsg_list_open(const struct vs_page_header *header, struct device *dev)
{
	vsg_list = &header->background;
	vsg_kobj = &dev->kobj;
	vsg_list_seen = READ_ONCE(vsg_list->seq);
}

void vsg_list_close(void)
{
	cancel_work_sync(&vsg_list_work);
}

/* A copy that the host did not write meanwhile; one that it always writes is none. */
static u32 vsg_list_read(u32 *ids)
{
	unsigned int tries;
	u32 seq, nr, i;

	for (tries = 0; tries < 8; tries++) {
		seq = READ_ONCE(vsg_list->seq);
		/* Pairs with the host's writes: the number, the list, the number. */
		smp_rmb();
		nr = min_t(u32, READ_ONCE(vsg_list->nr), VS_PAGE_BACKGROUND_MAX);
		for (i = 0; i < nr; i++)
			ids[i] = READ_ONCE(vsg_list->id[i]);
		smp_rmb();
		if (!(seq & 1) && READ_ONCE(vsg_list->seq) == seq)
			return nr;
	}
	return 0;
}

static ssize_t background_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u32 *ids = kmalloc_array(VS_PAGE_BACKGROUND_MAX, sizeof(*ids), GFP_KERNEL);
	u32 nr, i;
	int len = 0;

	if (!ids)
		return -ENOMEM;
	nr = vsg_is_open() ? vsg_list_read(ids) : 0;
	for (i = 0; i < nr; i++)
		len += sysfs_emit_at(buf, len, "%u\n", ids[i]);
	kfree(ids);
	return len;
}
static DEVICE_ATTR_ADMIN_RO(background);

/* Process ids with blanks between, all at once; an empty line: none. */
static ssize_t audio_store(struct device *dev, struct device_attribute *attr, const char *buf, size_t count)
{
	pid_t tgids[16];
	unsigned int nr = 0;
	char *copy = kstrndup(buf, count, GFP_KERNEL), *rest = copy, *word;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (word = strsep(&rest, " \t\n")) && nr < ARRAY_SIZE(tgids)) {
		if (!*word)
			continue;
		err = kstrtoint(word, 10, &tgids[nr]);
		if (!err && tgids[nr++] <= 0)
			err = -ERANGE;
	}
	kfree(copy);
	if (err)
		return err;
	vsg_told_sound(tgids, nr);
	return count;
}
static struct device_attribute dev_attr_audio = __ATTR(audio, 0200, NULL, audio_store);

struct attribute *vsg_list_attrs[] = { &dev_attr_background.attr, &dev_attr_audio.attr, NULL };
