/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One input per kind of control: {node, show(value, disabled)}. show() answers the line of help that goes with the
 * value; undefined is a value that only the profile knows.
 */

import { stepOf } from "./controls.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const _ = cockpit.gettext;

const UNKNOWN = _("As the profile says");

function buildSwitch(control, change) {
    const input = h("input", { class: "pf-v6-c-switch__input", type: "checkbox", id: control.id,
                               onchange: () => change(input.checked) });
    return {
        node: h("label", { class: "pf-v6-c-switch", for: control.id }, input,
                h("span", { class: "pf-v6-c-switch__toggle" })),
        show(value, disabled) {
            const on = value(control.keys[0]);
            input.checked = Boolean(on);
            input.indeterminate = on === undefined;
            input.disabled = disabled;
            return on === undefined ? `${control.help} ${UNKNOWN}.` : control.help;
        },
    };
}

function buildChoice(control, change) {
    const select = h("select", { id: control.id, onchange: () => change(select.value) });
    return {
        node: h("span", { class: "pf-v6-c-form-control" }, select,
                h("span", { class: "pf-v6-c-form-control__utilities" },
                  h("span", { class: "pf-v6-c-form-control__toggle-icon" }, icon("down")))),
        show(value, disabled) {
            const chosen = value(control.keys[0]);
            const words = { ...control.words };
            if (!words[chosen])
                words[chosen] = { word: chosen, help: "" };
            if (select.options.length !== Object.keys(words).length)
                select.replaceChildren(...Object.entries(words).map(([key, { word }]) => h("option", { value: key }, word)));
            select.value = chosen;
            select.disabled = disabled;
            return words[chosen].help;
        },
    };
}

function buildWords(control, change) {
    const input = h("input", { class: "vs-slider", type: "range", min: 0, max: control.steps.length - 1, step: 1,
                               id: control.id, onchange: () => change(Number(input.value)), oninput: () => say() });
    const marks = control.steps.map(({ word }) => h("span", {}, word));
    function say() {
        input.setAttribute("aria-valuetext", control.steps[Number(input.value)].word);
    }
    return {
        node: h("div", { class: "vs-words" }, input, h("div", { class: "vs-marks", "aria-hidden": "true" }, marks)),
        show(value, disabled) {
            const step = stepOf(control, value);
            const known = control.keys.every(key => value(key) !== undefined);
            input.value = step < 0 ? Math.floor(control.steps.length / 2) : step;
            input.disabled = disabled;
            input.classList.toggle("vs-unsure", step < 0);
            marks.forEach((mark, i) => mark.classList.toggle("vs-chosen", i === step));
            if (step >= 0) {
                say();
                return control.steps[step].help;
            }
            const text = known ? _("Values of your own, see below") : UNKNOWN;
            input.setAttribute("aria-valuetext", text);
            return text;
        },
    };
}

const BUILDERS = { switch: buildSwitch, channel: buildSwitch, choice: buildChoice, words: buildWords };

export function buildInput(control, change) {
    return BUILDERS[control.kind](control, change);
}
