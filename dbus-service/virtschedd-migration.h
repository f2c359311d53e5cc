/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows the migrations of this host: asks libvirt how each one goes while it runs, and gives the kernel the quota that
 * virtschedd-quota-policy.h thinks right. The only timers of the daemon that run for longer, and only during a job.
 */
#ifndef VIRTSCHEDD_MIGRATION_H
#define VIRTSCHEDD_MIGRATION_H

#include "virtschedd-domain.h"
#include "virtschedd-libvirt.h"

G_BEGIN_DECLS

typedef struct _VsdMigrations VsdMigrations;

/** vsd_migrations_new: @libvirt, @kernel: outlive it */
VsdMigrations *vsd_migrations_new(VsdLibvirt *libvirt, const VsdKernel *kernel);
/** vsd_migrations_stop: no more questions to libvirt; what is in force stays */
void vsd_migrations_stop(VsdMigrations *self);
/** vsd_migrations_free: only when no question is on its way */
void vsd_migrations_free(VsdMigrations *self);

/** vsd_migrations_look: @domain was looked at: begin to follow, or end */
void vsd_migrations_look(VsdMigrations *self, VsdDomain *domain);
/** vsd_migrations_gone: the domain is */
void vsd_migrations_gone(VsdMigrations *self, const char *uuid);
/** vsd_migrations_pass: another pass has begun: look now */
void vsd_migrations_pass(VsdMigrations *self, const char *uuid);
/** vsd_migrations_over: the job is done: let go at once */
void vsd_migrations_over(VsdMigrations *self, const char *uuid);

/** vsd_migrations_describe: floating a{sv} and aa{sv} of Domain.GetMigration; @job: (nullable): as libvirt says it now */
GVariant *vsd_migrations_describe(VsdMigrations *self, VsdDomain *domain, const VsdJob *job);

G_END_DECLS

#endif /* VIRTSCHEDD_MIGRATION_H */
