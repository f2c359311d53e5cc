/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every name that virtsched shows to the outside: bus names, paths, XML namespace, files, environment.
 * A name that appears in two places belongs here. Paths can be moved for tests by VS_ENV_ROOT.
 */
#ifndef VS_NAMES_H
#define VS_NAMES_H

#define VS_XML_NAMESPACE "https://virtsched.org/xmlns/libvirt/domain/1.0"
#define VS_XML_PREFIX "virtsched"
#define VS_XML_ROOT "scheduling"

#define VS_BUS_NAME "org.virtsched1"
#define VS_BUS_PATH "/org/virtsched1"
#define VS_BUS_DOMAIN_PATH "/org/virtsched1/domain" /* + "/_" + uuid with '-' as '_' */
#define VS_BUS_MANAGER "org.virtsched1.Manager"
#define VS_BUS_DOMAIN "org.virtsched1.Domain"
#define VS_BUS_ERROR_PREFIX "org.virtsched1.Error."

#define VS_POLKIT_LOOK "org.virtsched1.look"     /* see domains, settings, statistics */
#define VS_POLKIT_CHANGE "org.virtsched1.change" /* change a domain's settings */
#define VS_POLKIT_HOLD "org.virtsched1.hold"     /* hold a boost for a domain for a while */

#define VS_CONF_DIR "/etc/virtsched"
#define VS_CONF_FILE "/etc/virtsched/virtschedd.conf"
#define VS_CONF_PROFILE_DIR "/etc/virtsched/profiles.d" /* WORD.conf replaces the profile of that name */
#define VS_RUN_DIR "/run/virtsched"
#define VS_WIRED_DIR "/run/virtsched/wired" /* the hook's record of what it wired, one keyfile per domain UUID */
#define VS_CGROUP_CHILD "virtsched"         /* threaded child under the VM's libvirt/ cgroup */
#define VS_CHANNEL_PREFIX "virtsched-"      /* + uuid: name of the shmem device of the guest channel, a file in VS_SHM_DIR */
#define VS_SHM_DIR "/dev/shm"
#define VS_LIBVIRT_STATUS_DIR "/run/libvirt/qemu"

/* Our RelaxNG, in the build's VS_SCHEMA_DIR (vs-config.h) or, uninstalled, in the folder that VIRTSCHED_SCHEMA_DIR names. */
#define VS_SCHEMA_FILE "virtsched.rng"
#define VS_ENV_SCHEMA_DIR "VIRTSCHED_SCHEMA_DIR"

/* Prefix for every absolute path above, /proc and /sys; only tests set it. */
#define VS_ENV_ROOT "VIRTSCHED_ROOT"
/* virtschedd's backend: "kmod" (default) or "fake"; only tests set it. */
#define VS_ENV_BACKEND "VIRTSCHED_BACKEND"
/* "system" (default) or "session"; which bus virt-sched and virtschedd use; only tests set it. */
#define VS_ENV_BUS "VIRTSCHED_BUS"

#endif /* VS_NAMES_H */
