/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One interactive phase as a time line: for each vCPU when it ran, when what it ran was background and weighed less, and when it
 * was idle, from a little before the phase to a little after it. Then it stands still, to be looked at, until the next phase.
 */

import { h, KeyedChildren, setText, svg } from "./dom.js";

const _ = cockpit.gettext;
const WIDTH = 600;
const HEIGHT = 16;
const LEAD_MS = 2000;
const SHORTEST_MS = 3000;
const LEGEND = [["running", _("runs")], ["background", _("runs background work, with less weight")], ["phase", _("the phase")]];

function seconds(ms) {
    return (ms / 1000).toFixed(1);
}

class Lane {
    constructor(number) {
        this.number = number;
        this.picture = svg("svg", { class: "vs-lane", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none" });
        this.text = h("span", { class: "vs-note" });
        this.node = h("div", { class: "vs-lane-row" }, h("span", {}, cockpit.format(_("vCPU $0"), number)), this.picture, this.text);
    }

    /** spans: {state, from, to}, ms from the left edge; phase: the same for the phase itself; whole: ms from edge to edge. */
    show(spans, phase, whole) {
        const bar = (kind, { from, to }, y, height) => svg("rect", {
            class: `vs-lane-${kind}`, x: (from * WIDTH / whole).toFixed(1), width: ((to - from) * WIDTH / whole).toFixed(1), y, height });
        const background = spans.filter(span => span.state === "background").reduce((sum, { from, to }) => sum + to - from, 0);

        this.picture.replaceChildren(bar("phase", phase, 0, HEIGHT),
                                     ...spans.filter(span => span.state !== "idle").map(span => bar(span.state, span, 3, HEIGHT - 6)));
        setText(this.text, cockpit.format(_("background for $0 s"), seconds(background)));
        this.picture.setAttribute("aria-label", cockpit.format(_("vCPU $0: background work, with less weight, for $1 s of a phase of $2 s"),
                                                               this.number, seconds(background), seconds(phase.to - phase.from)));
    }
}

export class Timeline {
    constructor() {
        this.samples = []; /* of the phase that is shown */
        this.recent = [];  /* of the last LEAD_MS, for the next phase */
        this.caption = h("figcaption", { class: "vs-note" });
        this.lanes = h("div", {});
        this.rows = new KeyedChildren(this.lanes);
        this.legend = h("p", { class: "vs-legend" }, LEGEND.map(([kind, words]) => h("span", {}, h("span", { class: `vs-key vs-key-${kind}`,
                                                                                                           "aria-hidden": "true" }), words)));
        this.node = h("figure", { id: "timeline", class: "vs-timeline", hidden: true }, this.caption, this.lanes, this.legend);
    }

    /** What GetTasks says now: on, and of each vCPU {vcpu, state}. */
    add(on, vcpus, now = performance.now()) {
        const sample = { now, vcpus };

        if (on && !this.on) {
            this.begin = now;
            this.end = null;
            this.samples = this.recent.slice();
        } else if (!on && this.on) {
            this.end = now;
        }
        this.on = on;
        this.recent = [...this.recent.filter(old => old.now > now - LEAD_MS), sample];
        if (this.begin === undefined || (this.end && now > this.end + LEAD_MS))
            return;
        this.samples.push(sample);
        this.show();
    }

    show() {
        const first = this.samples[0].now;
        const last = this.samples.at(-1).now;
        const phase = { from: this.begin - first, to: (this.end || last) - first };
        const numbers = [...new Set(this.samples.flatMap(sample => sample.vcpus.map(row => row.vcpu)))].sort((a, b) => a - b);

        this.node.hidden = false;
        setText(this.caption, this.end ? cockpit.format(_("The last phase, $0 s"), seconds(phase.to - phase.from))
                                       : cockpit.format(_("This phase, $0 s so far"), seconds(phase.to - phase.from)));
        this.rows.show(numbers, number => new Lane(number)).forEach(
            lane => lane.show(this.spans(lane.number, first), phase, Math.max(last - first, SHORTEST_MS)));
    }

    /** A state counts until the next sample says another one. */
    spans(number, first) {
        const found = [];

        this.samples.forEach((sample, i) => {
            const state = sample.vcpus.find(row => row.vcpu === number)?.state || "idle";
            const from = sample.now - first;
            const to = (this.samples[i + 1]?.now ?? sample.now) - first;
            const open = found.at(-1);

            if (open?.state === state)
                open.to = to;
            else
                found.push({ state, from, to });
        });
        return found;
    }
}
