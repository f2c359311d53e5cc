/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card that shows each vCPU's last minute: boosts, boosted time, waiting and payback. It asks the daemon once a
 * second, and only while somebody can see the page.
 */

import { h, KeyedChildren, setText } from "./dom.js";
import { Poll } from "./poll.js";
import { SAMPLES, Sparkline } from "./sparkline.js";
import { card, row, table } from "./widgets.js";
import { duration, errorWords, percent } from "./words.js";

const _ = cockpit.gettext;
const BOOSTS = ["boosts.wake", "boosts.kick", "boosts.guest", "boosts.spin", "boosts.task"];

/** rate(delta, seconds) of the counters; text(value); floor of the picture; absent when the daemon does not know it. */
const LINES = [
    { kind: "boosts", title: _("Boosts"), floor: 10, counters: BOOSTS, rate: (delta, s) => delta / s,
      text: value => cockpit.format(_("$0 a second"), value.toFixed(0)) },
    { kind: "boosted", title: _("Boosted time"), floor: 0.05, counters: ["boosted.ns"], rate: (delta, s) => delta / s / 1e9,
      text: percent },
    { kind: "waiting", title: _("Waiting for a CPU"), floor: 0.05, counters: ["delay.ns"], rate: (delta, s) => delta / s / 1e9,
      text: percent },
    { kind: "payback", title: _("Paid back"), floor: 0.05, counters: ["payback.ns"], rate: (delta, s) => delta / s / 1e9,
      text: percent },
];
const COLUMNS = [_("vCPU"), ...LINES.map(line => line.title), _("Budget left"), _("Debt")];

function total(stats, counters) {
    return counters.reduce((sum, counter) => sum + (stats[counter] || 0), 0);
}

class VcpuRow {
    constructor(number) {
        this.number = number;
        this.cells = LINES.map(line => {
            const spark = new Sparkline(line.kind, line.floor, line.title);
            const text = h("span", { class: "vs-spark-text" }, "–");
            return { line, spark, text, values: [], node: h("div", { class: "vs-spark-cell" }, spark.node, text) };
        });
        this.budget = h("span", {});
        this.debt = h("span", {});
        this.state = h("span", { class: "vs-note" });
        this.node = row(COLUMNS, [[String(number), " ", this.state], ...this.cells.map(cell => cell.node), this.budget, this.debt]);
    }

    add(stats, now) {
        const seconds = this.last ? (now - this.last.now) / 1000 : 0;

        for (const cell of this.cells) {
            const known = cell.line.counters.every(counter => counter in stats);
            cell.spark.node.classList.toggle("vs-unknown", !known);
            if (known && seconds > 0)
                this.draw(cell, Math.max(0, cell.line.rate(total(stats, cell.line.counters) - total(this.last.stats, cell.line.counters), seconds)));
            else if (!known)
                setText(cell.text, _("not known"));
        }
        this.last = { stats, now };
        setText(this.budget, duration(Math.max(0, stats["budget.ns"])));
        setText(this.debt, duration(stats["debt.ns"]));
        setText(this.state, (stats.state || []).join(", "));
    }

    draw(cell, value) {
        const { line, values } = cell;

        values.push(value);
        values.splice(0, values.length - SAMPLES);
        setText(cell.text, line.text(value));
        cell.spark.show(values, cockpit.format(_("$0 of vCPU $1 over the last minute: now $2, at most $3"), line.title, this.number,
                                               line.text(value), line.text(Math.max(...values))));
    }
}

export class LiveCard {
    constructor(daemon) {
        this.daemon = daemon;
        this.table = table(_("Each vCPU's last minute"), COLUMNS);
        this.rows = new KeyedChildren(this.table.body);
        this.note = h("p", { class: "vs-note" });
        this.node = card(_("Live"), [this.note, this.table.node], { id: "live" });
        this.poll = new Poll(() => this.sample());
    }

    update(domain) {
        this.domain = domain;
        this.poll.start();
    }

    close() {
        this.poll.close();
    }

    async sample() {
        try {
            this.show(await this.daemon.stats(this.domain));
        } catch (error) {
            this.say(errorWords(error));
        }
    }

    show(vcpus) {
        const now = performance.now();
        const entries = this.rows.show(vcpus.map(stats => stats.vcpu), number => new VcpuRow(number));

        entries.forEach((entry, i) => entry.add(vcpus[i], now));
        this.say(vcpus.length ? "" : _("Nothing to show: no vCPU of this machine is boosted or weighed now."));
    }

    say(text) {
        setText(this.note, text);
        this.note.hidden = text === "";
        this.table.node.hidden = text !== "";
    }
}
