/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Elements in one expression, and a few that every card needs. Nothing here knows virtsched. No element gets a style
 * attribute or an inline handler: the page's content security policy forbids both.
 */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["checked", "disabled", "indeterminate", "value", "hidden", "textContent"]);

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name.startsWith("on"))
            node.addEventListener(name.slice(2), value);
        else if (PROPERTIES.has(name))
            node[name] = value;
        else
            node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
    return node;
}

/** An HTML element; attributes that begin with "on" are listeners, children that are null or false are left out. */
export function h(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Writes text only when it is another one, so that a screen reader is not told twice. */
export function setText(node, text) {
    if (node.textContent !== text)
        node.textContent = text;
}

/** Says something once to a screen reader. */
export function announce(text) {
    setText(document.getElementById("announcements"), text);
}

/** Keeps one node per key under parent, in the order of keys: those that stay keep their focus. */
export class KeyedChildren {
    constructor(parent) {
        this.parent = parent;
        this.entries = new Map();
    }

    /** make(key) gives {node, update(...)}; returns the entries in order. */
    show(keys, make) {
        for (const [key, entry] of this.entries) {
            if (!keys.includes(key)) {
                entry.node.remove();
                this.entries.delete(key);
            }
        }
        let last = null;
        return keys.map(key => {
            if (!this.entries.has(key))
                this.entries.set(key, make(key));
            const entry = this.entries.get(key);
            const place = last ? last.nextSibling : this.parent.firstChild;
            if (place !== entry.node)
                this.parent.insertBefore(entry.node, place);
            last = entry.node;
            return entry;
        });
    }
}
