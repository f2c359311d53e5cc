/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entry of the page: one daemon, one view at a time. The address is #/ for the table, #/machine/UUID for one machine. */

import { Changes } from "./changes.js";
import { Daemon } from "./daemon.js";
import { h } from "./dom.js";
import { HostCard } from "./host.js";
import { DomainList } from "./list.js";
import { MachineView } from "./machine.js";
import { followTheme } from "./theme.js";
import { button, emptyState } from "./widgets.js";
import { goneWords } from "./words.js";

const _ = cockpit.gettext;

class HostView {
    constructor(daemon) {
        this.cards = [new DomainList(daemon), new HostCard(daemon)];
        this.title = h("h1", { class: "pf-v6-c-title pf-m-2xl", tabindex: "-1" }, _("VM scheduling"));
        this.node = h("div", { class: "vs-view" }, this.title, this.cards.map(entry => entry.node));
    }

    update() {
        for (const entry of this.cards)
            entry.update();
    }

    close() {
    }
}

class App {
    constructor(main) {
        this.main = main;
        this.daemon = new Daemon(() => this.show());
        this.changes = new Changes(this.daemon);
        this.key = null;
    }

    start() {
        followTheme();
        document.title = _("VM scheduling");
        cockpit.addEventListener("locationchanged", () => this.show());
        this.followPermission();
        this.show();
        this.daemon.open();
    }

    /** Calls go another way once the user has turned administrative access on or off. */
    followPermission() {
        const permission = cockpit.permission({ admin: true });
        let before = null;

        permission.addEventListener("changed", () => {
            if (before !== null && permission.allowed !== before)
                window.location.reload();
            before = permission.allowed;
        });
    }

    show() {
        const [what, uuid] = cockpit.location.path;
        const domain = what === "machine" ? this.daemon.find(uuid) : null;

        if (this.daemon.state !== "up")
            this.enter(this.daemon.state, () => this.waiting());
        else if (domain)
            this.enter(domain.path, () => new MachineView(this.daemon, this.changes, domain)).update(domain);
        else if (what === "machine")
            this.enter("absent", () => this.absent());
        else
            this.enter("host", () => new HostView(this.daemon)).update();
    }

    /** Makes the view unless it is there already; a new one after the first gets the keyboard. */
    enter(key, make) {
        if (this.key === key)
            return this.view;
        const first = this.key === null || this.key === "connecting";
        this.view?.close();
        this.key = key;
        this.view = make();
        this.main.replaceChildren(this.view.node);
        this.main.dataset.state = this.daemon.state;
        if (!first)
            this.view.title?.focus();
        return this.view;
    }

    waiting() {
        const gone = this.daemon.state === "gone";

        return { node: gone ? emptyState(_("No scheduling service"), goneWords(this.daemon))
                            : emptyState(_("Looking for virtschedd"), ""), close() {} };
    }

    absent() {
        return { node: emptyState(_("This machine is gone"), _("libvirt has no machine of this address any more."),
                                  button(_("All machines"), "primary", () => cockpit.location.go([]))), close() {} };
    }
}

new App(document.getElementById("main")).start();
