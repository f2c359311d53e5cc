/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card of interactive phases: whether one is on, the last one as a time line, the guest's tasks by class, and one on request. Hidden where they are off. */

import { announce, h, setText } from "./dom.js";
import { Poll } from "./poll.js";
import { Timeline } from "./timeline.js";
import { alert, button, card, label, row, table } from "./widgets.js";
import { errorWords } from "./words.js";

const _ = cockpit.gettext;
const REQUEST_MS = 5000;
/* A phase is short: its time line wants more looks than a figure does. */
const PHASE_PERIOD_MS = 250;
const BEGIN = _("Begin a phase of 5 s");
const COLUMNS = [_("Guest task"), _("Class"), _("vCPU"), _("Runs"), _("Waits")];
const CLASSES = {
    interactive: [_("Interactive"), "blue"],
    background: [_("Background"), "orange"],
    audio: [_("Audio"), "purple"],
    system: [_("System"), ""],
};

export class PhaseCard {
    constructor(daemon) {
        this.daemon = daemon;
        this.state = h("p", { id: "phase-state" });
        this.error = h("div", { class: "vs-error" });
        this.button = button(BEGIN, "secondary", () => this.toggle(), { id: "phase-toggle" });
        this.timeline = new Timeline();
        this.table = table(_("Tasks of the guest"), COLUMNS);
        this.node = card(_("Interactive phases"), [this.error, this.state, this.button, this.timeline.node, this.table.node], { id: "phase" });
        this.poll = new Poll(() => this.ask());
    }

    update(domain) {
        const on = domain.Applied["interactive.state"] === true;

        this.domain = domain;
        this.node.hidden = !on;
        if (on)
            this.poll.start();
        else
            this.poll.stop();
    }

    close() {
        this.poll.close();
    }

    async ask() {
        try {
            this.show(await this.daemon.tasks(this.domain));
        } catch (error) {
            setText(this.state, errorWords(error));
        }
    }

    show({ phase, tasks, vcpus }) {
        this.on = phase.phase;
        this.timeline.add(this.on, vcpus);
        this.poll.pace(this.on ? PHASE_PERIOD_MS : null);
        setText(this.state, this.on ? cockpit.format(_("A phase is on, for $0 s more at most: background tasks weigh less."),
                                                     (phase["left.ms"] / 1000).toFixed(1))
                                    : cockpit.format(_("No phase is on. Phases so far: $0, inputs: $1."), phase.phases, phase.inputs));
        setText(this.button.firstChild, this.on ? _("End this phase") : BEGIN);
        this.table.node.hidden = tasks.length === 0;
        this.table.body.replaceChildren(...tasks.map(task => row(COLUMNS, [
            h("code", {}, task.process ? `pid ${task.task}` : `0x${task.task.toString(16)}`), label(...(CLASSES[task.class] || [task.class, ""])), String(task.vcpu),
            `${(task["run.permille"] / 10).toFixed(1)} %`, `${(task["wait.permille"] / 10).toFixed(1)} %`])));
    }

    async toggle() {
        this.error.replaceChildren();
        try {
            await (this.on ? this.daemon.endPhase(this.domain) : this.daemon.startPhase(this.domain, REQUEST_MS));
            announce(this.on ? _("Phase ended") : _("Phase begun"));
        } catch (error) {
            this.error.replaceChildren(alert("danger", _("Not possible"), errorWords(error)));
        }
        await this.poll.now();
    }
}
