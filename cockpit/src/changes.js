/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of settings, and taking them back. Before a change both copies of the XML are read, so that undoing it sets
 * what was there, in each copy, and nothing else. The list lives as long as the browser's tab.
 */

import { CONFIG, LIVE } from "./daemon.js";

const STORE = "virtsched-changes";
const MOST = 20;

function recall() {
    try {
        return JSON.parse(window.sessionStorage.getItem(STORE)) || [];
    } catch {
        return [];
    }
}

function copiesOf(domain, flags) {
    return [LIVE, CONFIG].filter(copy => (flags & copy) && (copy !== LIVE || domain.Id >= 0));
}

/** What has to be set and unset in a copy for keys to be as in before. */
function wayBack(keys, before) {
    const set = {};
    const unset = [];

    for (const key of keys) {
        if (key in before)
            set[key] = before[key];
        else
            unset.push(key);
    }
    return { set, unset };
}

export class Changes {
    constructor(daemon) {
        this.daemon = daemon;
        this.list = recall();
    }

    save() {
        this.list = this.list.slice(-MOST);
        window.sessionStorage.setItem(STORE, JSON.stringify(this.list));
    }

    last(domain) {
        return this.list.filter(change => change.uuid === domain.Uuid).pop();
    }

    /** Sets and remembers; answers the rows that changed. */
    async apply(domain, set, unset, flags) {
        const before = await this.read(domain, flags);
        const rows = await this.daemon.setSettings(domain, set, unset, flags, false);

        this.remember(domain, { before, flags, rows });
        return rows;
    }

    async applyChannel(domain, enable, flags) {
        const rows = await this.daemon.setGuestChannel(domain, enable, flags, false);

        this.remember(domain, { channel: enable, flags, rows });
        return rows;
    }

    async read(domain, flags) {
        const before = {};

        for (const copy of copiesOf(domain, flags))
            before[copy] = await this.daemon.getSettings(domain, copy);
        return before;
    }

    remember(domain, change) {
        if (change.rows.length === 0)
            return;
        this.list.push({ uuid: domain.Uuid, ...change });
        this.save();
    }

    /** What undoing the last change would change, without doing it: rows as from a change. */
    preview(domain) {
        return this.back(domain, this.last(domain), true);
    }

    /** Takes the last change back; answers the rows that changed. */
    async undo(domain) {
        const change = this.last(domain);
        const rows = await this.back(domain, change, false);

        this.list.splice(this.list.lastIndexOf(change), 1);
        this.save();
        return rows;
    }

    async back(domain, change, dryRun) {
        if (change.channel !== undefined)
            return this.daemon.setGuestChannel(domain, !change.channel, change.flags, dryRun);
        const keys = change.rows.map(([key]) => key);
        const rows = new Map();

        for (const copy of copiesOf(domain, change.flags)) {
            const { set, unset } = wayBack(keys, change.before[copy]);

            for (const row of await this.daemon.setSettings(domain, set, unset, copy, dryRun))
                rows.set(row[0], row);
        }
        return [...rows.values()];
    }
}
