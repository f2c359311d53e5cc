/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Name, UUID, quota and vCPU threads out of libvirt's documents, hostile ones too.
 */
#include <string.h>

#include "vs-domxml.h"
#include "vs-error.h"

static void test_facts_of_a_whole_domain(void)
{
    g_autoptr(VsDomainFacts) facts = vs_domxml_facts("<domain type='kvm' id='3'><name>a b/../c</name><title> The  Studio </title>"
                                                     "<uuid>4DEA22B3-1D52-D8F3-2516-782E98AB3FA0</uuid>"
                                                     "<vcpu placement='static' current='2'>4</vcpu>"
                                                     "<cputune><shares>9</shares><quota>50000</quota>"
                                                     "<vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune></domain>",
                                                     NULL);

    g_assert_cmpstr(facts->name, ==, "a b/../c");
    g_assert_cmpstr(facts->title, ==, "The  Studio");
    g_assert_cmpstr(facts->uuid, ==, "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    g_assert_cmpstr(facts->type, ==, "kvm");
    g_assert_cmpuint(facts->vcpus_max, ==, 4);
    g_assert_true(facts->quota);
    g_assert_true(facts->vcpusched);
}

#define CHANNEL(name, type, size) \
    "<domain><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><devices><shmem name='other'><model type='ivshmem-plain'/></shmem>" \
    "<shmem name='" name "'><model type='" type "'/><size unit='M'>" size "</size></shmem></devices></domain>"

static void test_facts_of_a_guest_channel(void)
{
    static const struct {
        const char *xml;
        gboolean channel;
    } rows[] = {
        {CHANNEL("virtsched-4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "ivshmem-plain", "1"), TRUE},
        {CHANNEL("virtsched-4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "ivshmem-plain", "2"), FALSE},
        {CHANNEL("virtsched-4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "ivshmem-doorbell", "1"), FALSE},
        {CHANNEL("virtsched-4dea22b3-1d52-d8f3-2516-782e98ab3fa1", "ivshmem-plain", "1"), FALSE},
        {"<domain><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid></domain>", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(VsDomainFacts) facts = vs_domxml_facts(rows[i].xml, NULL);

        g_test_message("%s", rows[i].xml);
        g_assert_cmpint(facts->channel, ==, rows[i].channel);
        g_assert_false(facts->encrypted);
    }
}

static void test_facts_of_an_encrypted_guest(void)
{
    static const char *const types[] = {"sev", "sev-snp", "tdx", "s390-pv"};

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *xml = g_strdup_printf("<domain><launchSecurity type='%s'/></domain>", types[i]);
        g_autoptr(VsDomainFacts) facts = vs_domxml_facts(xml, NULL);

        g_assert_true(facts->encrypted);
    }
}

static void test_facts_of_a_bare_domain(void)
{
    g_autoptr(VsDomainFacts) facts = vs_domxml_facts("<domain><uuid>no uuid</uuid></domain>", NULL);

    g_assert_null(facts->name);
    g_assert_null(facts->title);
    g_assert_null(facts->uuid);
    g_assert_null(facts->type);
    g_assert_cmpuint(facts->vcpus_max, ==, 1);
    g_assert_false(facts->quota);
    g_assert_false(facts->vcpusched);
}

static void test_which_quotas_limit_vcpus(void)
{
    static const struct {
        const char *cputune;
        gboolean quota;
    } cases[] = {
        {"", FALSE},
        {"<period>100000</period>", FALSE},
        {"<quota>-1</quota>", FALSE},
        {"<quota>0</quota>", FALSE},
        {"<quota> 1000 </quota>", TRUE},
        {"<quota>many</quota>", TRUE},
        {"<global_quota>1000</global_quota>", FALSE},
        {"<emulator_quota>1000</emulator_quota>", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = g_strdup_printf("<domain><cputune>%s</cputune></domain>", cases[i].cputune);
        g_autoptr(VsDomainFacts) facts = vs_domxml_facts(xml, NULL);

        g_test_message("%s", cases[i].cputune);
        g_assert_true(facts->quota == cases[i].quota);
    }
}

static void test_facts_refuse(void)
{
    static const char *const bad[] = {
        "<network/>", "", "<domain", "<domain><vcpu>0</vcpu></domain>", "<domain><vcpu>99999999999</vcpu></domain>",
        "<domain><vcpu>x</vcpu></domain>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i]);
        g_assert_null(vs_domxml_facts(bad[i], &error));
        g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
        g_assert_true(g_str_has_prefix(error->message, "read domain XML: "));
    }
}

static void test_threads_come_from_the_first_vcpus(void)
{
    gint pid = 0;
    g_autoptr(GArray) threads = vs_domstatus_threads(
        "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n-->\n"
        "<domstatus state='running' reason='booted' pid='600'><taint/>"
        "<vcpus><vcpu id='0' pid='605'/><vcpu id='3' pid='608'/></vcpus>"
        "<domain type='kvm'><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus></domain></domstatus>",
        &pid, NULL);

    g_assert_cmpint(pid, ==, 600);
    g_assert_cmpuint(threads->len, ==, 2);
    g_assert_cmpuint(g_array_index(threads, VsVcpuThread, 0).vcpu_id, ==, 0);
    g_assert_cmpint(g_array_index(threads, VsVcpuThread, 0).tid, ==, 605);
    g_assert_cmpuint(g_array_index(threads, VsVcpuThread, 1).vcpu_id, ==, 3);
    g_assert_cmpint(g_array_index(threads, VsVcpuThread, 1).tid, ==, 608);
}

static void test_no_threads_of_their_own(void)
{
    static const char *const cases[] = {
        "<domstatus pid='600'/>",
        "<domstatus pid='600'><vcpus/></domstatus>",
        "<domstatus pid='600'><domain><vcpus><vcpu id='0' enabled='yes'/></vcpus></domain></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='0' pid='600'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='0' pid='603'/><vcpu id='1' pid='603'/></vcpus></domstatus>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) threads = vs_domstatus_threads(cases[i], NULL, &error);

        g_test_message("%s", cases[i]);
        g_assert_no_error(error);
        g_assert_cmpuint(threads->len, ==, 0);
    }
}

static void test_status_refuses(void)
{
    static const char *const bad[] = {
        "",
        "<domain/>",
        "<domstatus/>",
        "<domstatus pid='0'/>",
        "<domstatus pid='-1'/>",
        "<domstatus pid='4294967896'/>",
        "<domstatus pid='600x'/>",
        "<domstatus pid='600'><vcpus><vcpu id='0'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu pid='601'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='-1' pid='601'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='0' pid='0'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='0' pid='99999999999'/></vcpus></domstatus>",
        "<domstatus pid='600'><vcpus><vcpu id='0' pid='605'/>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        gint pid = 42;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i]);
        g_assert_null(vs_domstatus_threads(bad[i], &pid, &error));
        g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
        g_assert_true(g_str_has_prefix(error->message, "read status file: "));
        g_assert_cmpint(pid, ==, 42);
    }
}

static void test_job(void)
{
    static const struct {
        const char *status;
        const char *job;
    } cases[] = {
        {"<domstatus pid='600'><job type='none' async='migration out' phase='perform3' flags='0x0'/></domstatus>", "migration out"},
        {"<domstatus pid='600'><job type='query' async='snapshot'/><domain><job async='save'/></domain></domstatus>", "snapshot"},
        {"<domstatus pid='600'><job type='none' async='none'/></domstatus>", NULL},
        {"<domstatus pid='600'><job type='modify'/></domstatus>", NULL},
        {"<domstatus pid='600'><domain><job async='save'/></domain></domstatus>", NULL},
        {"<domstatus pid='600'/>", NULL},
        {"<domain><job async='save'/></domain>", NULL},
        {"<domstatus", NULL},
        {"", NULL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *job = vs_domstatus_job(cases[i].status);

        g_assert_cmpstr(job, ==, cases[i].job);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/facts/facts-of-a-whole-domain", test_facts_of_a_whole_domain);
    g_test_add_func("/facts/facts-of-a-bare-domain", test_facts_of_a_bare_domain);
    g_test_add_func("/facts/facts-of-a-guest-channel", test_facts_of_a_guest_channel);
    g_test_add_func("/facts/facts-of-a-encrypted-guest", test_facts_of_an_encrypted_guest);
    g_test_add_func("/facts/which-quotas-limit-vcpus", test_which_quotas_limit_vcpus);
    g_test_add_func("/facts/facts-refuse", test_facts_refuse);
    g_test_add_func("/facts/threads-come-from-the-first-vcpus", test_threads_come_from_the_first_vcpus);
    g_test_add_func("/facts/no-threads-of-their-own", test_no_threads_of_their_own);
    g_test_add_func("/facts/status-refuses", test_status_refuses);
    g_test_add_func("/facts/job", test_job);
    return g_test_run();
}
