/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing our element: read each copy asked for, merge, check, format, and write only what differs.
 */
#include "virtschedd-change.h"

#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

#include "virtschedd-channel.h"
#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-names.h"

/* What a change reports that removed an element which nobody could read. */
static const VsSettingInfo whole_element = {.key = "*"};
/* ... and one that plugged the guest channel's device in or out. */
static const VsSettingInfo channel_device = {.key = "channel"};

/* One copy of the domain's XML. */
typedef struct {
    unsigned int flag;
    char *before; /* our element as libvirt gives it, NULL: none */
    char *after;  /* NULL: none */
    gboolean differs;
    gboolean plug; /* the device has to be put in or taken out */
} Copy;

void vsd_change_free(VsdChange *change)
{
    g_clear_pointer(&change->set, vs_settings_unref);
    g_strfreev(change->unset);
    g_free(change);
}

static gboolean libvirt_failed(const char *what, virDomainPtr domain, GError **error)
{
    g_autofree char *cause = g_strdup(virGetLastErrorMessage()); /* the next call frees it */

    g_set_error(error, VS_ERROR, VS_ERROR_FAILED, "%s %s: %s", what, virDomainGetName(domain), cause);
    return FALSE;
}

static gboolean read_element(virDomainPtr domain, Copy *copy, GError **error)
{
    char *text = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, VS_XML_NAMESPACE, copy->flag);

    if (!text)
        return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN_METADATA || libvirt_failed("read settings of", domain, error);
    copy->before = g_strdup(text);
    free(text);
    return TRUE;
}

/* libvirt hands the element out without prefix and xmlns; our parser wants to know that it is ours. */
static VsSettings *parse_element(const char *element, GError **error)
{
    g_autoptr(GString) text = NULL;
    const char *name;

    if (!element)
        return vs_settings_new();
    text = g_string_new(element);
    name = strstr(text->str, "<" VS_XML_ROOT);
    if (name && !strstr(element, VS_XML_NAMESPACE))
        g_string_insert(text, name - text->str + 1 + (gssize)strlen(VS_XML_ROOT), " xmlns='" VS_XML_NAMESPACE "'");
    return vs_domxml_parse(text->str, NULL, NULL, error);
}

static VsSettings *merge(const VsSettings *old, const VsdChange *change, GError **error)
{
    g_autoptr(VsSettings) merged = vs_settings_copy(old);
    gsize n;
    const VsSettingInfo *table = vs_setting_table(&n);

    for (guint i = 0; change->unset[i]; i++) {
        gboolean all = g_strcmp0(change->unset[i], "*") == 0;

        if (!all && !vs_setting_find(change->unset[i], error))
            return NULL;
        for (gsize k = 0; k < n; k++) {
            if (all || g_strcmp0(table[k].key, change->unset[i]) == 0)
                vs_settings_unset(merged, table[k].key);
        }
    }
    for (gsize k = 0; k < n; k++) {
        g_autofree char *value = NULL;

        if (!vs_settings_is_set(change->set, table[k].key))
            continue;
        value = vs_settings_get_string(change->set, table[k].key);
        if (!vs_settings_set_string(merged, table[k].key, value, error))
            return NULL;
    }
    return vs_settings_check(merged, error) ? g_steal_pointer(&merged) : NULL;
}

/* A row in @diff when the device has to be put in or taken out. */
static gboolean plan_channel(virDomainPtr domain, const VsdChange *change, Copy *copy, GPtrArray *diff, GError **error)
{
    gboolean add = change->channel == VSD_CHANNEL_ADD;
    gboolean there;
    VsSettingChange *row;

    if (change->channel == VSD_CHANNEL_KEEP)
        return TRUE;
    if (!vsd_channel_there(domain, copy->flag, &there, error))
        return FALSE;
    copy->plug = there != add;
    if (copy->plug) {
        row = g_new0(VsSettingChange, 1);
        *row = (VsSettingChange){.info = &channel_device, .before = add ? NULL : g_strdup("on"), .after = add ? g_strdup("on") : NULL};
        g_ptr_array_add(diff, row);
    }
    return TRUE;
}

/* The live copy comes first: it is the one that a guest without a free slot refuses. */
static gboolean plug_all(virDomainPtr domain, const Copy *copies, gsize n, gboolean there, GError **error)
{
    for (gsize i = 0; i < n; i++) {
        if (!copies[i].plug || vsd_channel_set(domain, copies[i].flag, there, error))
            continue;
        while (i-- > 0) {
            if (copies[i].plug)
                vsd_channel_set(domain, copies[i].flag, !there, NULL);
        }
        return FALSE;
    }
    return TRUE;
}

static gboolean plan_copy(virDomainPtr domain, const VsdChange *change, Copy *copy, GPtrArray **rows, GError **error)
{
    g_autoptr(VsSettings) old = NULL;
    g_autoptr(VsSettings) new = NULL;
    g_autoptr(GPtrArray) diff = NULL;
    g_autoptr(GError) unreadable = NULL;
    gboolean wipe = g_strv_contains((const char *const *)change->unset, "*");

    if (!read_element(domain, copy, error))
        return FALSE;
    old = parse_element(copy->before, &unreadable);
    if (!old && !wipe) {
        /* Not the caller's value is wrong, whatever the parser's code says. */
        g_set_error(error, VS_ERROR, VS_ERROR_INVALID_XML, "change settings of %s: its element has to be mended or removed first: %s",
                    virDomainGetName(domain), unreadable->message);
        return FALSE;
    }
    if (!old)
        old = vs_settings_new();
    new = merge(old, change, error);
    if (!new)
        return FALSE;
    diff = vs_settings_diff(old, new);
    copy->differs = diff->len > 0 || (wipe && copy->before && vs_settings_is_empty(new));
    if (copy->differs && !vs_settings_is_empty(new)) {
        copy->after = vs_domxml_format_element(new, unreadable ? NULL : copy->before, error);
        if (!copy->after)
            return FALSE;
    }
    if (copy->differs && diff->len == 0) {
        VsSettingChange *row = g_new0(VsSettingChange, 1);

        *row = (VsSettingChange){.info = &whole_element, .before = g_strdup("(the element)")};
        g_ptr_array_add(diff, row);
    }
    if (!plan_channel(domain, change, copy, diff, error))
        return FALSE;
    if (!*rows || (*rows)->len == 0) {
        g_clear_pointer(rows, g_ptr_array_unref);
        *rows = g_steal_pointer(&diff);
    }
    return TRUE;
}

static gboolean write_copy(virDomainPtr domain, const Copy *copy, const char *element, GError **error)
{
    /* Taking out what is not there is an error of libvirt's. */
    if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, element, VS_XML_PREFIX, VS_XML_NAMESPACE, copy->flag) < 0)
        return libvirt_failed("change settings of", domain, error);
    return TRUE;
}

/* Which copies: current is the live one of a running domain, else the config. */
static gboolean resolve_flags(virDomainPtr domain, unsigned int *flags, GError **error)
{
    gboolean running = virDomainIsActive(domain) == 1;

    if (*flags == VIR_DOMAIN_AFFECT_CURRENT)
        *flags = running ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    if ((*flags & VIR_DOMAIN_AFFECT_LIVE) && !running) {
        g_set_error(error, VS_ERROR, VS_ERROR_NOT_RUNNING, "change live settings of %s: the domain is shut off; use --config",
                    virDomainGetName(domain));
        return FALSE;
    }
    if ((*flags & VIR_DOMAIN_AFFECT_CONFIG) && virDomainIsPersistent(domain) != 1) {
        g_set_error(error, VS_ERROR, VS_ERROR_UNSUPPORTED, "change config of %s: the domain is transient; use --live",
                    virDomainGetName(domain));
        return FALSE;
    }
    return TRUE;
}

static gboolean write_all(virDomainPtr domain, Copy *copies, gsize n, GError **error)
{
    for (gsize i = 0; i < n; i++) {
        if (!copies[i].differs || write_copy(domain, &copies[i], copies[i].after, error))
            continue;
        while (i-- > 0) {
            if (copies[i].differs)
                write_copy(domain, &copies[i], copies[i].before, NULL);
        }
        return FALSE;
    }
    return TRUE;
}

/* The device before the word that asks for it, and after it on the way back. */
static gboolean write_and_plug(virDomainPtr domain, const VsdChange *change, Copy *copies, gsize n, GError **error)
{
    gboolean add = change->channel == VSD_CHANNEL_ADD;

    if (add && !plug_all(domain, copies, n, TRUE, error))
        return FALSE;
    if (!write_all(domain, copies, n, error)) {
        if (add)
            plug_all(domain, copies, n, FALSE, NULL);
        return FALSE;
    }
    return change->channel != VSD_CHANNEL_REMOVE || plug_all(domain, copies, n, FALSE, error);
}

GPtrArray *vsd_change_run(virDomainPtr domain, const VsdChange *change, GError **error)
{
    static const unsigned int each[] = {VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG};
    Copy copies[G_N_ELEMENTS(each)] = {0};
    g_autoptr(GPtrArray) rows = NULL;
    unsigned int flags = change->flags;
    gsize n = 0;
    gboolean ok = resolve_flags(domain, &flags, error);

    for (gsize i = 0; ok && i < G_N_ELEMENTS(each); i++) {
        if (!(flags & each[i]))
            continue;
        copies[n].flag = each[i];
        ok = plan_copy(domain, change, &copies[n++], &rows, error);
    }
    if (ok && !change->dry_run)
        ok = write_and_plug(domain, change, copies, n, error);
    for (gsize i = 0; i < n; i++) {
        g_free(copies[i].before);
        g_free(copies[i].after);
    }
    return ok ? g_steal_pointer(&rows) : NULL;
}
