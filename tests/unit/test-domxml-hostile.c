/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that somebody made to hurt: cut, mutated, huge, deep, entity bombs. An error or a valid result, never a crash
 * and never a value out of range. Sanitizers do the looking where the build has them.
 */
#include <string.h>

#include "vs-domxml.h"
#include "vs-error.h"
#include "vs-names.h"
#include "vs-settings-private.h"

static const char *const seeds[] = {
    "<domain type='kvm'><name>d</name><uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid><vcpu>2</vcpu>"
    "<cputune><quota>7</quota></cputune><metadata>\n"
    "<virtsched:scheduling xmlns:virtsched='" VS_XML_NAMESPACE "' profile='desktop'><!-- c -->\n"
    "<virtsched:interactive state='on'><virtsched:weightRatio interactive='3' background='1'/></virtsched:interactive>"
    "<virtsched:boost virtsched:state='on' class='fifo' priority='1'><virtsched:budget burst='2000' unit='us' share='10'/>"
    "</virtsched:boost></virtsched:scheduling></metadata></domain>",
    "<scheduling><boost virtsched:state='on'><slice value='500' unit='us'/></boost><o:x xmlns:o='u'><y/></o:x></scheduling>",
    "<domstatus pid='600'><vcpus><vcpu id='0' pid='605'/></vcpus><domain type='kvm'><name>d</name></domain></domstatus>",
};

/* Every entry point; whatever comes out must hold what vs-settings.h promises. */
static void feed(const char *text)
{
    GError *errors[5] = {NULL};
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(VsSettings) settings = vs_domxml_parse(text, NULL, &problems, &errors[0]);
    g_autoptr(VsSettings) boost = vs_settings_new();
    g_autoptr(VsDomainFacts) facts = vs_domxml_facts(text, &errors[1]);
    g_autoptr(GArray) threads = vs_domstatus_threads(text, NULL, &errors[2]);
    g_autofree char *element = NULL;
    g_autofree char *edited = NULL;

    vs_settings_set_string(boost, "boost.state", "on", NULL);
    element = vs_domxml_format_element(boost, text, &errors[3]);
    edited = vs_domxml_edit(text, boost, &errors[4]);

    g_assert_true((settings == NULL) == (errors[0] != NULL));
    g_assert_true((settings == NULL) == (problems->len > 0));
    g_assert_true((facts == NULL) == (errors[1] != NULL));
    g_assert_true((threads == NULL) == (errors[2] != NULL));
    g_assert_true((element == NULL) == (errors[3] != NULL));
    g_assert_true((edited == NULL) == (errors[4] != NULL));
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_assert_true(!errors[i] || g_utf8_validate(errors[i]->message, -1, NULL));
        g_clear_error(&errors[i]);
    }
    for (guint i = 1; i < problems->len; i++)
        g_assert_cmpuint(((VsXmlProblem *) problems->pdata[i - 1])->line, <=, ((VsXmlProblem *) problems->pdata[i])->line);
}

static void test_cut_anywhere(void)
{
    for (gsize s = 0; s < G_N_ELEMENTS(seeds); s++) {
        for (gsize length = 0; length < strlen(seeds[s]); length++) {
            g_autofree char *text = g_strndup(seeds[s], length);
            g_autoptr(GError) error = NULL;

            g_assert_null(vs_domxml_parse(text, NULL, NULL, &error));
            g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
        }
    }
}

static void mutate(GString *text, GRand *rand)
{
    static const char *const pieces[] = {"<",       "/>", "'",  "&#0;", "&lt;",  "<!--", "]]>", "<![CDATA[", "virtsched:", "xmlns:virtsched=''", "\xff",
                                         "-99999999999", "",   "<boost>", "unit='s'", "<!DOCTYPE a>", "<?xml?>", "xml:id='a'", "\r\n\t"};
    gsize at = (gsize) g_rand_int_range(rand, 0, (gint32) text->len);
    gsize length = (gsize) g_rand_int_range(rand, 0, 8);

    g_string_erase(text, (gssize) at, (gssize) MIN(length, text->len - at));
    g_string_insert(text, (gssize) at, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
}

static void test_mutations(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guint rounds = g_test_slow() ? 50000 : 5000;

    for (guint i = 0; i < rounds; i++) {
        g_autoptr(GString) text = g_string_new(seeds[i % G_N_ELEMENTS(seeds)]);

        for (gint n = g_rand_int_range(rand, 1, 4); n > 0 && text->len > 0; n--)
            mutate(text, rand);
        feed(text->str);
    }
}

static void refuse(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(vs_domxml_parse(text, NULL, NULL, &error));
    g_assert_error(error, VS_ERROR, VS_ERROR_INVALID_XML);
    g_test_message("%s", error->message);
    if (part)
        g_assert_nonnull(strstr(error->message, part));
    feed(text);
}

static void test_too_long(void)
{
    g_autofree char *fill = g_strnfill(9u << 20, ' ');
    g_autofree char *text = g_strconcat("<scheduling>", fill, "</scheduling>", NULL);

    refuse(text, "more than the allowed 8388608");
}

static char *nested(guint depth, const char *open, const char *close)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < depth; i++)
        g_string_append(text, open);
    for (guint i = 0; i < depth; i++)
        g_string_append(text, close);
    return g_string_free(text, FALSE);
}

static void test_too_deep(void)
{
    static const guint depths[] = {128, 300, 5000, 200000};

    for (gsize i = 0; i < G_N_ELEMENTS(depths); i++) {
        g_autofree char *inner = nested(depths[i], "<o:a>", "</o:a>");
        g_autofree char *text = g_strdup_printf("<scheduling xmlns:o='urn:o'>%s</scheduling>", inner);

        refuse(text, NULL);
    }
}

static void test_deep_enough_is_fine(void)
{
    g_autofree char *inner = nested(100, "<o:a>", "</o:a>");
    g_autofree char *text = g_strdup_printf("<scheduling xmlns:o='urn:o'>%s</scheduling>", inner);
    g_autoptr(GError) error = NULL;
    g_autoptr(VsSettings) settings = vs_domxml_parse(text, NULL, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(settings);
}

static void test_entity_bomb(void)
{
    g_autoptr(GString) text = g_string_new("<!DOCTYPE scheduling [<!ENTITY e0 'boom'>");

    for (guint i = 1; i < 30; i++)
        g_string_append_printf(text, "<!ENTITY e%u '&e%u;&e%u;&e%u;&e%u;'>", i, i - 1, i - 1, i - 1, i - 1);
    g_string_append(text, "]><scheduling profile='&e29;'>&e29;</scheduling>");
    refuse(text->str, "document type declaration is not allowed");
}

static void test_many_attributes_and_children(void)
{
    g_autoptr(GString) text = g_string_new("<scheduling>");
    g_autoptr(GPtrArray) problems = NULL;

    for (guint i = 0; i < 3000; i++)
        g_string_append_printf(text, "<x%u a='1'/>", i);
    g_string_append(text, "</scheduling>");
    g_assert_null(vs_domxml_parse(text->str, NULL, &problems, NULL));
    g_assert_cmpuint(problems->len, ==, 3000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/hostile/mutations", test_mutations);
    g_test_add_func("/hostile/too-long", test_too_long);
    g_test_add_func("/hostile/too-deep", test_too_deep);
    g_test_add_func("/hostile/deep-enough-is-fine", test_deep_enough_is_fine);
    g_test_add_func("/hostile/entity-bomb", test_entity_bomb);
    g_test_add_func("/hostile/many-attributes-and-children", test_many_attributes_and_children);
    return g_test_run();
}
