// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ivshmem-plain device of the guest channel, and the module's life. Other things use such devices too: one of another
 * size is refused, one without the host's mark is watched for a while and then let alone.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/module.h>
#include <linux/panic_notifier.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "vsg.h"

#define VSG_BAR		2
/* The host may come after the device: virtschedd was restarted, or is told by an event. */
#define VSG_WATCH_TRIES	120

/* The one device that is ours. */
static struct vsg_device {
	struct pci_dev *pci;
	void *memory;
	struct delayed_work watch;
	unsigned int tries;
	int cpuhp;
	bool open;
	bool nmi;
} vsg;

/* Does the host listen? */
bool vsg_is_open(void)
{
	return READ_ONCE(vsg.open);
}

static int vsg_open(void)
{
	int state, err;

	vsg_voice_open(vsg.memory);
	vsg_list_open(vsg.memory, &vsg.pci->dev);
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "virtsched:guest", vsg_voice_online, vsg_voice_offline);
	if (state < 0)
		return state;
	err = vsg_hooks_start();
	if (err) {
		vsg_list_close();
		cpuhp_remove_state(state);
		return err;
	}
	/* Without it everything else is said. */
	vsg.nmi = vsg_voice_wants_nmi() && !vsg_nmi_start();
	vsg_input_start();
	vsg.cpuhp = state;
	WRITE_ONCE(vsg.open, true);
	return 0;
}

static void vsg_close(void)
{
	if (!vsg.open)
		return;
	if (vsg.nmi)
		vsg_nmi_stop();
	WRITE_ONCE(vsg.open, false);
	vsg_input_stop();
	vsg_hooks_stop();
	vsg_list_close();
	cpuhp_remove_state(vsg.cpuhp);
}

/* Once a second until the host has left its mark in the header. */
static void vsg_look(struct work_struct *work)
{
	const struct vs_page_header *header = vsg.memory;
	int err;

	if (READ_ONCE(header->magic) != VS_PAGE_MAGIC) {
		if (++vsg.tries < VSG_WATCH_TRIES)
			schedule_delayed_work(&vsg.watch, HZ);
		else
			pci_info(vsg.pci, "no host on the channel: on the host, virt-sched show DOMAIN says why; then load this module again\n");
		return;
	}
	/* Pairs with the host's release: the rest of the header is there. */
	smp_rmb();
	if (READ_ONCE(header->version) != VS_PAGE_VERSION) {
		pci_info(vsg.pci, "the host speaks version %u of the channel, this module %u: install the same release of virtsched\n",
			 READ_ONCE(header->version), VS_PAGE_VERSION);
		return;
	}
	err = vsg_open();
	if (err)
		pci_err(vsg.pci, "cannot follow this kernel's scheduler: error %d\n", err);
	else
		pci_info(vsg.pci, "the host is told what is urgent\n");
}

static int vsg_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	int err;

	if (vsg.pci || pci_resource_len(pci, VSG_BAR) != VS_PAGE_DEVICE_SIZE)
		return -ENODEV;
	err = pcim_enable_device(pci);
	if (err)
		return err;
	err = pci_request_region(pci, VSG_BAR, KBUILD_MODNAME);
	if (err)
		return err;
	vsg.memory = vsg_map(pci_resource_start(pci, VSG_BAR));
	if (!vsg.memory) {
		pci_release_region(pci, VSG_BAR);
		return -ENOMEM;
	}
	vsg.pci = pci;
	vsg.tries = 0;
	INIT_DELAYED_WORK(&vsg.watch, vsg_look);
	schedule_delayed_work(&vsg.watch, 0);
	return 0;
}

static void vsg_remove(struct pci_dev *pci)
{
	cancel_delayed_work_sync(&vsg.watch);
	vsg_close();
	vsg_unmap(vsg.memory);
	pci_release_region(pci, VSG_BAR);
	vsg.pci = NULL;
}

/* Reboot and kexec. */
static void vsg_shutdown(struct pci_dev *pci)
{
	cancel_delayed_work_sync(&vsg.watch);
	vsg_voice_calm_all();
}

static int vsg_panic(struct notifier_block *nb, unsigned long event, void *data)
{
	vsg_voice_calm_all();
	return NOTIFY_DONE;
}
static struct notifier_block vsg_panic_nb = { .notifier_call = vsg_panic };

static ssize_t counts_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vsg_counts c;

	vsg_voice_count(&c);
	return sysfs_emit(buf, "open %d\nurgent %llu\ncalm %llu\nkicks %llu\nnmis %llu\n", vsg.open, c.urgent, c.calm, c.kicks, c.nmis);
}
static DEVICE_ATTR_ADMIN_RO(counts);

static struct attribute *vsg_attrs[] = { &dev_attr_counts.attr, NULL };
static const struct attribute_group vsg_group = { .attrs = vsg_attrs };
static const struct attribute_group vsg_list_group = { .attrs = vsg_list_attrs };
static const struct attribute_group *vsg_groups[] = { &vsg_group, &vsg_list_group, NULL };

static const struct pci_device_id vsg_ids[] = { { PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, 0x1110) }, { } };
MODULE_DEVICE_TABLE(pci, vsg_ids);

static struct pci_driver vsg_driver = {
	.name = KBUILD_MODNAME,
	.id_table = vsg_ids,
	.probe = vsg_probe,
	.remove = vsg_remove,
	.shutdown = vsg_shutdown,
	.dev_groups = vsg_groups,
};

static int __init vsg_init(void)
{
	int err = pci_register_driver(&vsg_driver);

	if (!err)
		atomic_notifier_chain_register(&panic_notifier_list, &vsg_panic_nb);
	return err;
}

static void __exit vsg_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &vsg_panic_nb);
	pci_unregister_driver(&vsg_driver);
}

module_init(vsg_init);
module_exit(vsg_exit);
MODULE_DESCRIPTION("Tells a virtsched host which work of this guest is urgent");
MODULE_AUTHOR("The virtsched maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(VS_VERSION);
