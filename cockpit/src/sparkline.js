/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small line of the last minute, with its words for who cannot see it. Draws only; it does not know what is drawn. */

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 28;
export const SAMPLES = 60;

export class Sparkline {
    /** floor: the least that the full height stands for, so that noise stays small. */
    constructor(kind, floor, title) {
        this.floor = floor;
        this.area = svg("polygon", { class: "vs-spark-area" });
        this.line = svg("polyline", { class: "vs-spark-line" });
        this.node = svg("svg", { class: `vs-spark vs-spark-${kind}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH,
                                 height: HEIGHT, role: "img", "aria-label": title, preserveAspectRatio: "none" }, this.area, this.line);
    }

    /** values: oldest first, at most SAMPLES; words: what it shows, now. */
    show(values, words) {
        const top = Math.max(this.floor, ...values);
        const step = WIDTH / (SAMPLES - 1);
        const left = WIDTH - step * (values.length - 1);
        const points = values.map((value, i) => `${(left + i * step).toFixed(1)},${(HEIGHT - 1 - (HEIGHT - 3) * value / top).toFixed(1)}`);

        this.node.setAttribute("aria-label", words);
        this.line.setAttribute("points", points.join(" "));
        this.area.setAttribute("points", values.length > 1 ? `${left.toFixed(1)},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}` : "");
    }
}
