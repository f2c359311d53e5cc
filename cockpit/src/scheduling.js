/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card with a domain's switches and sliders. Each of them is set at once, now or for the next start or both, and
 * can be taken back below. A control is changed in place: what has the keyboard keeps it.
 */

import { PROFILE, CONTROLS, valueOf } from "./controls.js";
import { CONFIG, LIVE } from "./daemon.js";
import { announce, h, setText } from "./dom.js";
import { buildInput } from "./inputs.js";
import { UndoBar } from "./undo.js";
import { alert, button, card, formGroup } from "./widgets.js";
import { errorWords, valueWord } from "./words.js";

const _ = cockpit.gettext;

const WHEN = [
    { flags: LIVE | CONFIG, word: _("Now, and from the next start on") },
    { flags: LIVE, word: _("Now only") },
    { flags: CONFIG, word: _("From the next start on") },
];

export class SchedulingCard {
    constructor(daemon, changes, domain) {
        Object.assign(this, { daemon, changes, domain, flags: LIVE | CONFIG, busy: false, copies: {} });
        this.controls = CONTROLS.filter(control => control.keys.every(key => daemon.settings.has(key)))
                .map(control => this.build(control));
        this.error = h("div", { class: "vs-error" });
        this.undo = new UndoBar(daemon, changes, () => this.run(() => this.takeBack()));
        this.node = card(_("Scheduling"), [
            this.error,
            h("form", { class: "pf-v6-c-form pf-m-horizontal", onsubmit: event => event.preventDefault() },
              this.controls.map(control => control.node), this.buildWhen()),
            this.undo.node,
        ], { id: "scheduling" });
    }

    build(control) {
        const input = buildInput(control, change => this.run(() => this.set(control, change)));
        const help = h("div", { class: "pf-v6-c-helper-text" });
        const reset = button(_("Back to the default"), "link", () => this.run(() => this.unset(control)),
                             { class: "pf-v6-c-button pf-m-link pf-m-inline pf-m-small", id: `${control.id}-reset` });
        const node = formGroup(control.title, input.node, help);

        node.dataset.control = control.id;
        node.querySelector(".pf-v6-c-form__group-control").append(h("div", {}, reset));
        return { control, input, help, reset, node };
    }

    buildWhen() {
        this.when = WHEN.map(({ flags, word }) => {
            const id = `when-${flags}`;
            const input = h("input", { class: "pf-v6-c-radio__input", type: "radio", name: "when", id,
                                       checked: flags === this.flags,
                                       onchange: () => { this.flags = flags; this.show() } });
            return { flags, input, node: h("div", { class: "pf-v6-c-radio" }, input,
                                           h("label", { class: "pf-v6-c-radio__label", for: id }, word)) };
        });
        return h("fieldset", { class: "vs-when" },
                 h("legend", { class: "pf-v6-c-form__label-text" }, _("Changes count")),
                 this.when.map(({ node }) => node));
    }

    /** Reads both copies of the domain's settings again and shows them. */
    async update(domain) {
        this.domain = domain;
        if (this.domain.Id < 0)
            this.flags = CONFIG;
        try {
            this.copies = await this.changes.read(domain, LIVE | CONFIG);
        } catch (error) {
            this.fail(error);
            return;
        }
        this.show();
        await this.undo.update(domain);
    }

    /** The copy that the controls show: the live one, unless only the next start is chosen. */
    shown() {
        return this.flags & LIVE && this.domain.Id >= 0 ? LIVE : CONFIG;
    }

    show() {
        const copy = this.copies[this.shown()] || {};
        const applied = this.shown() === LIVE ? this.domain.Applied : {};

        for (const { flags, input } of this.when) {
            input.checked = flags === this.flags;
            input.disabled = Boolean(flags & LIVE) && this.domain.Id < 0;
        }
        for (const { control, input, help, reset } of this.controls) {
            const value = key => valueOf(this.daemon, copy, applied, key);
            const pending = this.daemon.settings.get(control.keys[0]).pending;
            const hint = input.show(value, Boolean(pending));
            const lines = [hint, pending || this.reason(control), this.differs(control)].filter(Boolean);

            setText(help, lines.join(" · "));
            help.classList.toggle("pf-m-warning", Boolean(this.reason(control)) && !pending);
            reset.hidden = !control.keys.some(key => key in copy);
            setText(reset.firstChild, copy[PROFILE] && control.id !== PROFILE ? _("Back to the profile's") : _("Back to the default"));
        }
    }

    reason(control) {
        return control.keys.map(key => this.domain.Reasons[key]).find(Boolean);
    }

    /** Said only of a copy that is not shown. */
    differs(control) {
        const { [LIVE]: live, [CONFIG]: config } = this.copies;
        if (!live || !config || control.keys.every(key => live[key] === config[key]))
            return "";
        const other = this.shown() === LIVE ? config : live;
        const values = control.keys.map(key => valueWord(this.daemon.settings.get(key), other[key])).join(", ");
        return cockpit.format(this.shown() === LIVE ? _("at the next start: $0") : _("now: $0"), values);
    }

    async set(control, change) {
        if (control.kind === "channel")
            return this.changes.applyChannel(this.domain, change, this.flags);
        const copy = { ...this.copies[LIVE], ...this.copies[CONFIG] };
        const set = control.kind === "words" ? control.steps[change].set : { [control.keys[0]]: change };
        return this.changes.apply(this.domain, set, control.drops.filter(key => key in copy), this.flags);
    }

    unset(control) {
        if (control.kind === "channel")
            return this.changes.applyChannel(this.domain, false, this.flags);
        return this.changes.apply(this.domain, {}, control.keys, this.flags);
    }

    takeBack() {
        return this.changes.undo(this.domain);
    }

    /** One change at a time; what is asked meanwhile is shown as it was. */
    async run(change) {
        if (this.busy)
            return;
        this.busy = true;
        this.node.setAttribute("aria-busy", "true");
        this.error.replaceChildren();
        try {
            const rows = await change();
            announce(rows.length ? _("Changed") : _("Nothing to change"));
        } catch (error) {
            this.fail(error);
        }
        this.busy = false;
        this.node.removeAttribute("aria-busy");
        await this.update(this.domain);
    }

    fail(error) {
        this.error.replaceChildren(alert("danger", _("Not possible"), errorWords(error)));
    }
}
