/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line below the controls that takes the last change back, and says beforehand what that would change. */

import { h } from "./dom.js";
import { button } from "./widgets.js";
import { errorWords, valueWord } from "./words.js";

const _ = cockpit.gettext;

export class UndoBar {
    constructor(daemon, changes, undo) {
        Object.assign(this, { daemon, changes });
        this.text = h("ul", { class: "vs-undo-rows", id: "undo-rows" });
        this.title = h("span", { class: "vs-undo-title" });
        this.button = button(_("Undo"), "secondary", undo, { id: "undo", "aria-describedby": "undo-rows" });
        this.node = h("div", { class: "vs-undo", role: "group", "aria-label": _("Undo"), hidden: true },
                      h("div", {}, this.title, this.text), this.button);
    }

    async update(domain) {
        if (!this.changes.last(domain)) {
            this.hide();
            return;
        }
        this.node.hidden = false;
        try {
            const rows = await this.changes.preview(domain);
            this.title.textContent = rows.length ? _("Undo would change:") : _("The last change is undone already.");
            this.text.replaceChildren(...rows.map(row => this.line(row)));
        } catch (error) {
            this.title.textContent = _("Undo is not possible:");
            this.text.replaceChildren(h("li", {}, errorWords(error)));
        }
    }

    /** The keyboard goes on from the card, not from the top of the page. */
    hide() {
        if (this.node.contains(document.activeElement))
            document.getElementById("main").focus();
        this.node.hidden = true;
    }

    line([key, before, after]) {
        const setting = this.daemon.settings.get(key);

        return h("li", {}, h("code", {}, key), ` ${valueWord(setting, before)} → ${valueWord(setting, after)}`);
    }
}
