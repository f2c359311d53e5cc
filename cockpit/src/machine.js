/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The view of one machine: its cards, those that this daemon has something for. */

import { h, setText } from "./dom.js";
import { icon } from "./icons.js";
import { LiveCard } from "./live.js";
import { MigrationCard } from "./migration.js";
import { PhaseCard } from "./phase.js";
import { SchedulingCard } from "./scheduling.js";
import { WhyCard } from "./why.js";
import { alert, label } from "./widgets.js";
import { stateOf, summaryOf } from "./words.js";

const _ = cockpit.gettext;

export class MachineView {
    constructor(daemon, changes, domain) {
        this.uuid = domain.Uuid;
        this.title = h("h1", { class: "pf-v6-c-title pf-m-2xl", tabindex: "-1" }, domain.Name);
        this.labels = h("div", { class: "vs-labels" });
        this.alerts = h("div", { class: "vs-alerts" });
        this.cards = [new SchedulingCard(daemon, changes, domain), new LiveCard(daemon),
                      new PhaseCard(daemon), new MigrationCard(daemon), new WhyCard(daemon)];
        this.node = h("div", { class: "vs-view" }, this.buildBreadcrumb(domain),
                      h("div", { class: "vs-heading" }, this.title, this.labels), this.alerts,
                      h("div", { class: "vs-cards" }, this.cards.map(entry => entry.node)));
    }

    buildBreadcrumb(domain) {
        return h("nav", { class: "pf-v6-c-breadcrumb", "aria-label": _("Breadcrumb") },
                 h("ol", { class: "pf-v6-c-breadcrumb__list", role: "list" },
                   h("li", { class: "pf-v6-c-breadcrumb__item" },
                     h("a", { class: "pf-v6-c-breadcrumb__link", href: "#/", onclick: event => {
                         event.preventDefault();
                         cockpit.location.go([]);
                     } }, _("Virtual machines"))),
                   h("li", { class: "pf-v6-c-breadcrumb__item" },
                     h("span", { class: "pf-v6-c-breadcrumb__item-divider" }, icon("right")),
                     h("span", { class: "pf-v6-c-breadcrumb__link pf-m-current", "aria-current": "page" }, domain.Name))));
    }

    update(domain) {
        const summary = summaryOf(domain);
        const whole = domain.Reasons[""];

        setText(this.title, domain.Name);
        this.labels.replaceChildren(label(stateOf(domain), ""), label(summary.word, summary.colour, summary.icon));
        const leases = domain.Leases.map(([application, reason]) =>
            alert("info", cockpit.format(_("$0 holds the boost"), application), reason));
        const rule = domain.Rule ? [alert("info", _("Set by a rule of this host"), domain.Rule)] : [];

        this.alerts.replaceChildren(...(whole ? [alert("warning", _("This machine's scheduling is not in force"), whole)] : []),
                                    ...rule, ...leases);
        for (const entry of this.cards)
            entry.update(domain);
    }

    close() {
        for (const entry of this.cards)
            entry.close?.();
    }
}
