/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Good XML gives its values, in every form that libvirt and users write; bad XML gives line, name and what is allowed.
 */
#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-names.h"

#include <string.h>

#define NS "xmlns:virtsched='" VS_XML_NAMESPACE "'"

static char *print_set(const VsSettings *settings)
{
    g_autoptr(GVariant) dict = g_variant_ref_sink(vs_settings_to_variant(settings, FALSE));

    return g_variant_print(dict, FALSE);
}

typedef struct {
    const char *claim;
    const char *xml;
    gboolean found;
    const char *set;
} GoodCase;

static const GoodCase good_cases[] = {
    {"as virsh metadata shows it", "<scheduling profile='audio'><boost state='on'/></scheduling>", TRUE,
     "{'profile': <'audio'>, 'boost.state': <true>}"},
    {"with our namespace, bare attributes", "<virtsched:scheduling " NS "><virtsched:boost priority='7'/></virtsched:scheduling>", TRUE,
     "{'boost.priority': <uint32 7>}"},
    {"with our namespace, prefixed attributes",
     "<v:scheduling xmlns:v='" VS_XML_NAMESPACE "'><v:boost v:priority='7'/></v:scheduling>", TRUE, "{'boost.priority': <uint32 7>}"},
    {"as the default namespace", "<scheduling xmlns='" VS_XML_NAMESPACE "'><boost class='nice' nice='3'/></scheduling>", TRUE,
     "{'boost.class': <'nice'>, 'boost.nice': <uint32 3>}"},
    {"prefix that virsh metadata left undeclared", "<scheduling><boost virtsched:state='on'/></scheduling>", TRUE,
     "{'boost.state': <true>}"},
    {"in a domain", "<domain type='kvm'><metadata><virtsched:scheduling " NS " profile='off'/></metadata></domain>", TRUE,
     "{'profile': <'off'>}"},
    {"in a status file",
     "<!-- w --><domstatus pid='5'><domain><metadata><virtsched:scheduling " NS " profile='off'/></metadata></domain></domstatus>", TRUE,
     "{'profile': <'off'>}"},
    {"in a snapshot",
     "<domainsnapshot><domain><metadata><virtsched:scheduling " NS " profile='off'/></metadata></domain></domainsnapshot>", TRUE,
     "{'profile': <'off'>}"},
    {"other people's metadata is not looked at",
     "<domain><metadata><o:scheduling xmlns:o='urn:o' x='y'/><virtsched:scheduling " NS "/></metadata></domain>", TRUE, "{}"},
    {"other people's parts in ours are not looked at",
     "<scheduling xmlns:o='urn:o' o:profile='x'><o:boost state='7'>text<boost/></o:boost><boost o:state='9'/></scheduling>", TRUE,
     "{}"},
    {"a domain without metadata", "<domain type='kvm'><name>x</name></domain>", FALSE, "{}"},
    {"an element that is not in metadata is not ours", "<domain><virtsched:scheduling " NS " profile='nonsense'/></domain>", FALSE,
     "{}"},
    {"unit as in the table", "<scheduling><boost><budget burst='70' share='5' unit='us'/></boost></scheduling>", TRUE,
     "{'boost.budget.burst': <uint32 70>, 'boost.budget.share': <uint32 5>}"},
    {"leading zeros", "<scheduling><boost priority='007'/></scheduling>", TRUE, "{'boost.priority': <uint32 7>}"},
    {"comments and processing instructions", "<scheduling><!-- boost --><?boost on?></scheduling>", TRUE, "{}"},
    {"an empty element", "<scheduling/>", TRUE, "{}"},
};

static void test_good(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good_cases); i++) {
        const GoodCase *c = &good_cases[i];
        gboolean found = !c->found;
        g_autoptr(GPtrArray) problems = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(VsSettings) settings = vs_domxml_parse(c->xml, &found, &problems, &error);
        g_autofree char *set = NULL;

        g_test_message("%s", c->claim);
        g_assert_no_error(error);
        g_assert_cmpuint(problems->len, ==, 0);
        g_assert_true(found == c->found);
        set = print_set(settings);
        g_assert_cmpstr(set, ==, c->set);
    }
}

typedef struct {
    const char *claim;
    const char *xml;
    VsError code;
    const char *message; /* start of it, where libxml2 wrote the rest */
} BadCase;

static const BadCase bad_cases[] = {
    {"unknown element", "<scheduling>\n<bosst/></scheduling>", VS_ERROR_INVALID_XML,
     "line 2: bosst: unknown element; allowed in scheduling: interactive, boost, dirtyQuota"},
    {"unknown inner element", "<scheduling>\n<boost>\n<bugdet/></boost></scheduling>", VS_ERROR_INVALID_XML,
     "line 3: boost/bugdet: unknown element; allowed in boost: slice, budget"},
    {"element below a leaf", "<scheduling><boost><budget>\n\n<x/></budget></boost></scheduling>", VS_ERROR_INVALID_XML,
     "line 3: boost/budget/x: unknown element; allowed in boost/budget: none"},
    {"unknown attribute", "<scheduling>\n\n<boost klass='fifo'/></scheduling>", VS_ERROR_INVALID_XML,
     "line 3: boost/@klass: unknown attribute; allowed in boost: state, guest, io, deboost, class, priority, nice"},
    {"unknown attribute of the root", "<scheduling pofile='x'/>", VS_ERROR_INVALID_XML,
     "line 1: scheduling/@pofile: unknown attribute; allowed in scheduling: profile"},
    {"unknown prefixed attribute", "<v:scheduling xmlns:v='" VS_XML_NAMESPACE "'><v:boost v:klass='fifo'/></v:scheduling>",
     VS_ERROR_INVALID_XML, "line 1: boost/@klass: unknown attribute; allowed in boost: state, guest, io, deboost, class, priority, nice"},
    {"unit where none belongs", "<scheduling><boost unit='us'/></scheduling>", VS_ERROR_INVALID_XML,
     "line 1: boost/@unit: unknown attribute; allowed in boost: state, guest, io, deboost, class, priority, nice"},
    {"too high", "<scheduling><boost>\n<budget share='95'/></boost></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 2: boost/budget/@share: \"95\" is not a whole number in 1..90 percent"},
    {"too low", "<scheduling><boost priority='0'/></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/@priority: \"0\" is not a whole number in 1..49"},
    {"overflow", "<scheduling><boost priority='18446744073709551617'/></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/@priority: \"18446744073709551617\" is not a whole number in 1..49"},
    {"empty number", "<scheduling><boost priority=''/></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/@priority: \"\" is not a whole number in 1..49"},
    {"unit inside a number", "<scheduling><boost><slice value='1ms'/></boost></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/slice/@value: \"1ms\" is not a whole number in 100..3000 us"},
    {"wrong unit", "<scheduling><boost><budget burst='2' unit='ms'/></boost></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/budget/@unit: \"ms\" is not the unit of this element; allowed: us"},
    {"wrong word", "<scheduling><boost state='1'/></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 1: boost/@state: \"1\" is not one of on, off"},
    {"text", "<scheduling>\n<boost>on</boost></scheduling>", VS_ERROR_INVALID_XML,
     "line 2: boost: text is not allowed in it; values are attributes"},
    {"CDATA", "<scheduling><![CDATA[on]]></scheduling>", VS_ERROR_INVALID_XML,
     "line 1: scheduling: text is not allowed in it; values are attributes"},
    {"child twice", "<scheduling>\n<boost/>\n<boost/></scheduling>", VS_ERROR_INVALID_XML,
     "line 3: boost: stands there twice; allowed: once"},
    {"both forms of an attribute at once",
     "<v:scheduling xmlns:v='" VS_XML_NAMESPACE "'>\n<v:boost state='on' v:state='on'/></v:scheduling>", VS_ERROR_INVALID_XML,
     "line 2: boost/@state: stands there twice, with and without prefix; allowed: one of them"},
    {"both forms at once, prefix undeclared", "<scheduling><boost state='on' virtsched:state='on'/></scheduling>", VS_ERROR_INVALID_XML,
     "line 1: boost/@state: stands there twice, with and without prefix; allowed: one of them"},
    {"child without our namespace", "<virtsched:scheduling " NS ">\n<boost/></virtsched:scheduling>", VS_ERROR_INVALID_XML,
     "line 2: boost: not in the same namespace as scheduling; allowed: all elements with our namespace, or none"},
    {"ours twice",
     "<domain><metadata>\n<virtsched:scheduling " NS "/>\n<virtsched:scheduling " NS "/></metadata></domain>", VS_ERROR_INVALID_XML,
     "line 3: scheduling: second element in this namespace; libvirt keeps one only, put everything into the first"},
    {"another element in our namespace", "<domain><metadata><virtsched:sched " NS "/></metadata></domain>", VS_ERROR_INVALID_XML,
     "line 1: sched: unknown element; allowed in this namespace: scheduling"},
    {"no namespace in metadata", "<domain><metadata>\n<scheduling/></metadata></domain>", VS_ERROR_INVALID_XML,
     "line 2: scheduling: no namespace, libvirt drops it; add xmlns=\"" VS_XML_NAMESPACE "\""},
    {"prefix not declared", "<domain><metadata>\n<virtsched:scheduling/></metadata></domain>", VS_ERROR_INVALID_XML,
     "line 2: virtsched:scheduling: prefix is not declared, libvirt drops it; add xmlns:virtsched=\"" VS_XML_NAMESPACE "\""},
    {"wrong root", "<network/>", VS_ERROR_INVALID_XML, "line 1: network: neither our element nor a domain document; allowed: "},
    {"wrong namespace", "<scheduling xmlns='urn:other'/>", VS_ERROR_INVALID_XML,
     "line 1: scheduling: neither our element nor a domain document; allowed: "},
    {"contradiction", "<scheduling>\n<boost class='nice'\n priority='5'/></scheduling>", VS_ERROR_INVALID_VALUE,
     "line 3: boost/@priority: goes with class \"fifo\" only, and the class is \"nice\"; unset one of the two"},
    {"not closed", "<scheduling>\n<boost>\n</scheduling>", VS_ERROR_INVALID_XML, "line 3: document: "},
    {"nothing", "", VS_ERROR_INVALID_XML, ""},
    {"blank", "  \n", VS_ERROR_INVALID_XML, ""},
    {"not XML", "boost.state=on", VS_ERROR_INVALID_XML, "line 1: document: "},
    {"not UTF-8", "<scheduling profile='\xff\xfe'/>", VS_ERROR_INVALID_XML, "line 1: document: "},
    {"document type", "<?xml version='1.0'?>\n<!DOCTYPE scheduling>\n<scheduling/>", VS_ERROR_INVALID_XML,
     "line 2: document: a document type declaration is not allowed"},
    {"external entity", "<!DOCTYPE s [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><scheduling profile='&e;'/>", VS_ERROR_INVALID_XML,
     "line 1: document: a document type declaration is not allowed"},
    {"undeclared entity", "<scheduling profile='&e;'/>", VS_ERROR_INVALID_XML, "line 1: document: "},
};

static void test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad_cases); i++) {
        const BadCase *c = &bad_cases[i];
        gboolean found = 42;
        g_autoptr(GPtrArray) problems = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(VsSettings) settings = vs_domxml_parse(c->xml, &found, &problems, &error);

        g_test_message("%s: %s", c->claim, error ? error->message : "no error");
        g_assert_null(settings);
        g_assert_error(error, VS_ERROR, (gint) c->code);
        g_assert_cmpuint(problems->len, >=, 1);
        g_assert_cmpint(found, ==, 42);
        if (g_str_has_suffix(c->message, ": ") || g_str_has_suffix(c->message, "allowed") || !*c->message)
            g_assert_true(g_str_has_prefix(error->message, c->message));
        else
            g_assert_cmpstr(error->message, ==, c->message);
    }
}

static void test_all_problems_in_line_order(void)
{
    static const struct {
        guint line;
        const char *name;
    } expect[] = {{2, "boost/@state"}, {2, "boost/@priority"}, {3, "boost/budget/@share"}, {5, "typo"}};
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(VsSettings) settings = vs_domxml_parse("<scheduling>\n"
                                                     "<boost state='x' priority='99'>\n"
                                                     "<budget share='0'/>\n"
                                                     "</boost>\n"
                                                     "<typo/></scheduling>",
                                                     NULL, &problems, &error);

    g_assert_null(settings);
    g_assert_cmpuint(problems->len, ==, G_N_ELEMENTS(expect));
    for (guint i = 0; i < problems->len; i++) {
        const VsXmlProblem *problem = problems->pdata[i];

        g_assert_cmpuint(problem->line, ==, expect[i].line);
        g_assert_cmpstr(problem->name, ==, expect[i].name);
    }
    g_assert_true(g_str_has_prefix(error->message, "line 2: boost/@state: "));
}

static char *error_at_line(guint line)
{
    g_autofree char *blank = g_strnfill(line - 1, '\n');
    g_autofree char *xml = g_strdup_printf("<domain><metadata>%s<virtsched:scheduling " NS "><virtsched:boost state='x'/>"
                                           "</virtsched:scheduling></metadata></domain>",
                                           blank);
    g_autoptr(GError) error = NULL;

    g_assert_null(vs_domxml_parse(xml, NULL, NULL, &error));
    return g_strdup(error->message);
}

/* libxml2 keeps 16 bits for a line; beyond them it guesses from text nearby, and must not wrap. */
static void test_far_lines(void)
{
    g_autofree char *near = error_at_line(65534);
    g_autofree char *far = error_at_line(70000);

    g_assert_cmpstr(near, ==, "line 65534: boost/@state: \"x\" is not one of on, off");
    g_assert_cmpuint(g_ascii_strtoull(far + strlen("line "), NULL, 10), >=, 65535);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parse/good", test_good);
    g_test_add_func("/parse/bad", test_bad);
    g_test_add_func("/parse/all-problems-in-line-order", test_all_problems_in_line_order);
    g_test_add_func("/parse/far-lines", test_far_lines);
    return g_test_run();
}
