/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card about the host: what virtsched is here, what does not work, and the checks of "virt-sched doctor". */

import { h } from "./dom.js";
import { alert, button, card, descriptions, label, row, table } from "./widgets.js";
import { errorWords } from "./words.js";

const _ = cockpit.gettext;
const COLUMNS = [_("Check"), _("Result"), _("Found"), _("What to do")];
const RESULTS = {
    ok: [_("Good"), "green", "success"],
    warn: [_("Mind"), "orange", "warning"],
    fail: [_("Broken"), "red", "danger"],
};

export class HostCard {
    constructor(daemon) {
        this.daemon = daemon;
        this.facts = h("div", {});
        this.problems = h("div", { class: "vs-alerts" });
        this.table = table(_("Checks of this host"), COLUMNS);
        this.table.node.hidden = true;
        this.check = button(_("Check this host"), "secondary", () => this.runChecks(), { id: "doctor" });
        this.node = card(_("This host"), [this.problems, this.facts, this.check, this.table.node], { id: "host" });
    }

    update() {
        const { Version, ModuleVersion, Connection, Problems } = this.daemon.host;

        this.facts.replaceChildren(descriptions([
            [_("Service"), Version], [_("Kernel module"), ModuleVersion || _("not usable")],
            [_("libvirt"), Connection || _("no connection")],
        ]));
        this.problems.replaceChildren(...Problems.map(problem => alert("warning", _("Something does not work on this host"), problem)));
    }

    async runChecks() {
        try {
            const checks = await this.daemon.doctor();
            this.table.body.replaceChildren(...checks.map(({ id, state, found, cure }) =>
                row(COLUMNS, [id, label(...RESULTS[state]), found, cure])));
            this.table.node.hidden = false;
        } catch (error) {
            this.problems.replaceChildren(alert("danger", _("The host was not checked"), errorWords(error)));
        }
    }
}
