/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card of a migration, or another job that logs dirty memory: how far it is, and whom it slows down. Hidden without one. */

import { h, setText } from "./dom.js";
import { Poll } from "./poll.js";
import { card, descriptions, row, table } from "./widgets.js";
import { duration } from "./words.js";

const _ = cockpit.gettext;
const COLUMNS = [_("vCPU"), _("Dirtied"), _("Slowed down for"), _("Now")];
const PHASES = {
    waiting: _("Waiting for it to copy memory"),
    "first-pass": _("First copy of all memory"),
    shrinking: _("Copying what changed"),
    "last-pass": _("Last copy"),
    "given-up": _("Given up: nobody is slowed down"),
    over: _("Over"),
};

function bytes(count) {
    return cockpit.format_bytes(count);
}

/** [[term, description]] of what is known of the job. */
function facts(job) {
    const rows = [[_("Step"), PHASES[job.phase] || job.phase], [_("Said"), job.reason]];

    if (job.total)
        rows.push([_("Still to copy"), cockpit.format(_("$0 of $1"), bytes(job.remaining), bytes(job.total))]);
    if (job["forecast-ms"] >= 0)
        rows.push([_("Until its end"), duration(job["forecast-ms"] * 1e6)]);
    if (job.quota)
        rows.push([_("The vCPUs may dirty"), cockpit.format(_("$0 a second"), bytes(job.quota))]);
    return rows.filter(([, text]) => text);
}

export class MigrationCard {
    constructor(daemon) {
        this.daemon = daemon;
        this.facts = h("div", {});
        this.note = h("p", { class: "vs-note" });
        this.table = table(_("What each vCPU writes"), COLUMNS);
        this.node = card(_("Migration"), [this.note, this.facts, this.table.node], { id: "migration", hidden: true });
        this.poll = new Poll(() => this.ask());
    }

    update(domain) {
        this.domain = domain;
        if (domain.Applied["dirtyQuota.state"] === true)
            this.poll.start();
        else {
            this.poll.stop();
            this.node.hidden = true;
        }
    }

    close() {
        this.poll.close();
    }

    async ask() {
        try {
            this.show(await this.daemon.migration(this.domain));
        } catch {
            this.node.hidden = true; // the machine has just stopped; the page says so elsewhere
        }
    }

    show({ job, vcpus }) {
        this.node.hidden = job.job === "none" && !job.following;
        setText(this.note, job.following ? "" : _("A job runs that virtsched does not follow."));
        this.note.hidden = job.following;
        this.facts.replaceChildren(descriptions(facts(job)));
        this.table.node.hidden = vcpus.length === 0;
        this.table.body.replaceChildren(...vcpus.map(vcpu => row(COLUMNS, [
            String(vcpu.vcpu), bytes(vcpu.dirtied), duration(vcpu["slept.ns"]), vcpu.asleep ? _("asleep") : _("runs")])));
    }
}
