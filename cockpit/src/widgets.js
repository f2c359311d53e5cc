/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PatternFly's components as functions that give elements, in the words of PatternFly's own markup. They keep no state. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

let serial = 0;

/** An id for a label to point at. */
export function freshId(stem) {
    serial += 1;
    return `vs-${stem}-${serial}`;
}

export function card(title, body, attributes) {
    const id = freshId("card");

    return h("section", { class: "pf-v6-c-card", "aria-labelledby": id, ...attributes },
             h("div", { class: "pf-v6-c-card__title" },
               h("h2", { class: "pf-v6-c-card__title-text", id }, title)),
             h("div", { class: "pf-v6-c-card__body" }, body));
}

export function label(text, colour, iconName) {
    return h("span", { class: `pf-v6-c-label pf-m-compact ${colour ? `pf-m-${colour}` : ""}` },
             h("span", { class: "pf-v6-c-label__content" },
               iconName && h("span", { class: "pf-v6-c-label__icon" }, icon(iconName)),
               h("span", { class: "pf-v6-c-label__text" }, text)));
}

export function button(text, variant, onclick, attributes) {
    return h("button", { class: `pf-v6-c-button pf-m-${variant}`, type: "button", onclick, ...attributes },
             h("span", { class: "pf-v6-c-button__text" }, text));
}

/** variant: info, success, warning or danger; what is urgent is read out. */
export function alert(variant, title, body, actions) {
    return h("div", { class: `pf-v6-c-alert pf-m-inline pf-m-${variant}`, role: variant === "danger" ? "alert" : "group",
                      "aria-label": title },
             h("div", { class: "pf-v6-c-alert__icon" }, icon(variant)),
             h("p", { class: "pf-v6-c-alert__title" }, title),
             body && h("div", { class: "pf-v6-c-alert__description" }, body),
             actions && h("div", { class: "pf-v6-c-alert__action-group" }, actions));
}

export function emptyState(title, body, actions) {
    return h("div", { class: "pf-v6-c-empty-state" },
             h("div", { class: "pf-v6-c-empty-state__content" },
               h("div", { class: "pf-v6-c-empty-state__header" },
                 h("div", { class: "pf-v6-c-empty-state__title" },
                   h("h2", { class: "pf-v6-c-empty-state__title-text" }, title))),
               h("div", { class: "pf-v6-c-empty-state__body" }, body),
               actions && h("div", { class: "pf-v6-c-empty-state__footer" }, actions)));
}


/** columns: [title]; the body is filled by the caller. PatternFly turns rows to blocks on a narrow screen. */
export function table(caption, columns) {
    const body = h("tbody", { class: "pf-v6-c-table__tbody" });
    const node = h("table", { class: "pf-v6-c-table pf-m-grid-md pf-m-compact", "aria-label": caption },
                   h("thead", { class: "pf-v6-c-table__thead" },
                     h("tr", { class: "pf-v6-c-table__tr" },
                       columns.map(title => h("th", { class: "pf-v6-c-table__th", scope: "col" }, title)))),
                   body);
    return { node, body };
}

/** cells: what stands below each of the columns; the first one names the row. */
export function row(columns, cells) {
    return h("tr", { class: "pf-v6-c-table__tr" },
             cells.map((cell, i) => h(i === 0 ? "th" : "td", {
                 class: i === 0 ? "pf-v6-c-table__th vs-row-name" : "pf-v6-c-table__td", "data-label": columns[i],
                 scope: i === 0 ? "row" : null }, cell)));
}

/** terms: [[term, description]] */
export function descriptions(terms) {
    return h("dl", { class: "pf-v6-c-description-list pf-m-horizontal-on-sm" },
             terms.map(([term, description]) => h("div", { class: "pf-v6-c-description-list__group" },
                 h("dt", { class: "pf-v6-c-description-list__term" },
                   h("span", { class: "pf-v6-c-description-list__text" }, term)),
                 h("dd", { class: "pf-v6-c-description-list__description" },
                   h("div", { class: "pf-v6-c-description-list__text" }, description)))));
}

/** One line of a form: label, control, help below it that describes the control. */
export function formGroup(title, control, help) {
    const input = control.matches("input, select") ? control : control.querySelector("input, select");

    input.id = input.id || freshId("field");
    help.id = freshId("help");
    input.setAttribute("aria-describedby", help.id);
    return h("div", { class: "pf-v6-c-form__group" },
             h("div", { class: "pf-v6-c-form__group-label" },
               h("label", { class: "pf-v6-c-form__label", for: input.id },
                 h("span", { class: "pf-v6-c-form__label-text" }, title))),
             h("div", { class: "pf-v6-c-form__group-control" }, control,
               h("div", { class: "pf-v6-c-form__helper-text" }, help)));
}
