/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the host's machines: what is on, and the first reason why something is not. */

import { h, KeyedChildren, setText } from "./dom.js";
import { card, label, row, table } from "./widgets.js";
import { PROFILES } from "./controls.js";
import { PARTS, stateOf, summaryOf } from "./words.js";

const _ = cockpit.gettext;
const COLUMNS = [_("Name"), _("State"), _("Profile"), _("What is on"), _("Scheduling"), _("Why not")];

function go(event, uuid) {
    event.preventDefault();
    cockpit.location.go(["machine", uuid]);
}

/** Labels of what is in force; of what is wanted when the machine does not run. */
function partsOf(domain) {
    const values = domain.Id < 0 ? domain.Wanted : domain.Applied;
    const on = Object.keys(PARTS).filter(key => values[key] === true);

    return on.length ? on.map(key => label(PARTS[key], domain.Id < 0 ? "" : "blue")) : ["–"];
}

export function reasonsOf(domain) {
    return Object.entries(domain.Reasons).map(([key, reason]) => key ? `${key}: ${reason}` : reason);
}

class DomainRow {
    constructor(domain) {
        this.link = h("a", { href: `#/machine/${domain.Uuid}`, onclick: event => go(event, domain.Uuid) });
        this.cells = COLUMNS.slice(1).map(() => h("div", { class: "vs-labels" }));
        this.node = row(COLUMNS, [this.link, ...this.cells]);
        this.node.dataset.machine = domain.Name;
    }

    update(domain) {
        const summary = summaryOf(domain);
        const [state, profile, on, scheduling, why] = this.cells;
        const reasons = reasonsOf(domain);
        const wanted = domain.Wanted.profile;

        setText(this.link, domain.Name);
        setText(state, stateOf(domain));
        setText(profile, wanted ? (PROFILES[wanted] || { word: wanted }).word : "–");
        on.replaceChildren(...partsOf(domain));
        scheduling.replaceChildren(label(summary.word, summary.colour, summary.icon));
        setText(why, reasons.length > 1 ? cockpit.format(_("$0 (and $1 more)"), reasons[0], reasons.length - 1) : reasons[0] || "");
    }
}

export class DomainList {
    constructor(daemon) {
        this.daemon = daemon;
        this.table = table(_("Virtual machines"), COLUMNS);
        this.rows = new KeyedChildren(this.table.body);
        this.filter = h("input", { type: "search", id: "filter", placeholder: _("Filter by name"), "aria-label": _("Filter by name"),
                                   oninput: () => this.update() });
        this.note = h("p", { class: "vs-note" });
        this.node = card(_("Virtual machines"), [
            h("div", { class: "vs-filter pf-v6-c-form-control" }, this.filter), this.note, this.table.node], { id: "machines" });
    }

    update() {
        const wanted = this.filter.value.toLowerCase();
        const domains = [...this.daemon.domains.values()].filter(domain => domain.Name.toLowerCase().includes(wanted))
                .sort((a, b) => a.Name.localeCompare(b.Name, undefined, { numeric: true }));

        this.table.node.hidden = domains.length === 0;
        setText(this.note, domains.length ? "" : wanted ? _("No machine has such a name.") : _("libvirt has no machines on this host."));
        this.note.hidden = domains.length > 0;
        this.rows.show(domains.map(domain => domain.path), path => new DomainRow(this.daemon.domains.get(path)))
                .forEach((entry, i) => entry.update(domains[i]));
    }
}
