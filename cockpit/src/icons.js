/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page's few icons, drawn here: PatternFly's own are a font that Cockpit does not serve. Always beside a word. */

import { svg } from "./dom.js";

const PATHS = {
    success: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.6 5.2-4.2 4.6a.8.8 0 0 1-1.2 0L4.3 8.7l1.1-1.1 1.4 1.5 3.6-4Z",
    danger: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-.9 3.5h1.8l-.3 4.6H7.4ZM8 10.2a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z",
    warning: "M8 1 .8 14.2h14.4Zm-.9 4.6h1.8l-.3 4.2H7.4ZM8 10.8a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z",
    info: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2.6a1 1 0 1 1 0 2 1 1 0 0 1 0-2ZM7.1 6.8h1.8v5.4H7.1Z",
    off: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6ZM4.6 7.2h6.8v1.6H4.6Z",
    right: "M5.5 3v10L11.5 8Z",
    down: "M3 5.5h10L8 11.5Z",
};

export function icon(name) {
    return svg("svg", { class: "pf-v6-svg vs-icon", viewBox: "0 0 16 16", width: "1em", height: "1em",
                        fill: "currentColor", "aria-hidden": "true" },
               svg("path", { d: PATHS[name], "fill-rule": "evenodd" }));
}
