/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card that says what is in force and why not: the daemon's own rows and words. */

import { h, setText } from "./dom.js";
import { button, card, row, table } from "./widgets.js";
import { errorWords, originWord, valueWord } from "./words.js";

const _ = cockpit.gettext;
const COLUMNS = [_("Setting"), _("Wanted"), _("In force"), _("From"), _("Why not")];

const ALL = _("Show all settings");

/** Rows that a person would miss: what is wanted, and what has a reason. */
function matters({ key, wanted, reason }) {
    return key === "" || wanted !== "" || reason !== "";
}

export class WhyCard {
    constructor(daemon) {
        Object.assign(this, { daemon, all: false, rows: [] });
        this.table = table(_("Settings in force, and why not"), COLUMNS);
        this.note = h("p", { class: "vs-note" });
        this.more = button(ALL, "link", () => this.toggle(), { id: "why-all" });
        this.node = card(_("In force, and why not"), [this.note, this.table.node, this.more], { id: "why" });
    }

    async update(domain) {
        try {
            this.rows = await this.daemon.why(domain);
            this.problem = "";
        } catch (error) {
            this.rows = [];
            this.problem = errorWords(error);
        }
        this.show();
    }

    toggle() {
        this.all = !this.all;
        this.show();
    }

    show() {
        const rows = this.rows.filter(entry => entry.key !== "" && (this.all || matters(entry)));

        setText(this.note, this.problem || (rows.length ? "" : _("This machine asks for nothing, and nothing is in force.")));
        this.note.hidden = this.note.textContent === "";
        this.table.node.hidden = rows.length === 0;
        this.table.body.replaceChildren(...rows.map(entry => this.line(entry)));
        setText(this.more.firstChild, this.all ? _("Show only what is set") : ALL);
    }

    line({ key, wanted, inForce, origin, reason }) {
        const setting = this.daemon.settings.get(key);

        return row(COLUMNS, [
            h("span", { title: setting ? setting.doc : null }, h("code", {}, key)),
            valueWord(setting, wanted), valueWord(setting, inForce), originWord(origin), reason,
        ]);
    }
}
