/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtschedd as the page sees it: what its properties say, kept up by its signals, and calls of its methods. The only
 * file that speaks D-Bus. Calls go as the administrator when the user has turned that on, else as the user; polkit decides.
 */

const NAME = "org.virtsched1";
const PATH = "/org/virtsched1";
const MANAGER = "org.virtsched1.Manager";
const DOMAIN = "org.virtsched1.Domain";
const OBJECTS = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES = "org.freedesktop.DBus.Properties";
const RETRY_MS = 5000;

/** libvirt's virDomainModificationImpact: which copies of the XML a call is about. */
export const LIVE = 1;
export const CONFIG = 2;

/** {key: {t, v}} as D-Bus has it to {key: v}. */
function plain(dict) {
    return Object.fromEntries(Object.entries(dict).map(([key, variant]) => [key, variant.v]));
}

/** A domain's properties; two of them are dictionaries of settings. */
function domainOf(properties) {
    const values = plain(properties);

    for (const name of ["Wanted", "Applied"]) {
        if (values[name])
            values[name] = plain(values[name]);
    }
    return values;
}

function settingOf([key, type, unit, min, max, fallback, choices, pending, doc]) {
    return { key, type, unit, min, max, default: fallback.v, choices, pending, doc };
}

export class Daemon {
    /** changed() is called after anything here has changed. */
    constructor(changed) {
        this.changed = changed;
        this.state = "connecting"; // then "up" or "gone", with problem and message
        this.host = {};
        this.domains = new Map(); // object path to the domain's properties
        this.settings = new Map(); // key to its row of ListSettings
    }

    open() {
        this.client = cockpit.dbus(NAME, { bus: "system", superuser: "try" });
        this.client.addEventListener("close", (event, reason) => this.lose(reason.problem, reason.message));
        this.client.addEventListener("owner", (event, owner) => owner ? this.load() : this.lose("not-found"));
        this.client.subscribe({ interface: OBJECTS }, (path, iface, signal, args) => this.onObjects(signal, args));
        this.client.subscribe({ interface: PROPERTIES, member: "PropertiesChanged", path_namespace: PATH },
                              (path, iface, signal, args) => this.onProperties(path, args));
    }

    lose(problem, message) {
        if (this.client) {
            const client = this.client;
            this.client = null;
            client.close();
            window.setTimeout(() => this.open(), RETRY_MS);
        }
        Object.assign(this, { state: "gone", problem: problem || "disconnected", message: message || "" });
        this.changed();
    }

    async load() {
        const client = this.client;
        try {
            const [host] = await client.call(PATH, PROPERTIES, "GetAll", [MANAGER]);
            const [rows] = await client.call(PATH, MANAGER, "ListSettings", []);
            const [objects] = await client.call(PATH, OBJECTS, "GetManagedObjects", []);
            if (client !== this.client)
                return;
            this.host = plain(host);
            this.settings = new Map(rows.map(row => [row[0], settingOf(row)]));
            this.domains = new Map();
            for (const [path, interfaces] of Object.entries(objects))
                this.add(path, interfaces);
            this.state = "up";
            this.changed();
        } catch (error) {
            if (client === this.client)
                this.lose(error.problem || error.name, error.message);
        }
    }

    add(path, interfaces) {
        if (interfaces[DOMAIN])
            this.domains.set(path, { path, ...domainOf(interfaces[DOMAIN]) });
    }

    onObjects(signal, [path, what]) {
        if (signal === "InterfacesAdded")
            this.add(path, what);
        else if (signal === "InterfacesRemoved" && what.includes(DOMAIN))
            this.domains.delete(path);
        this.changed();
    }

    onProperties(path, [iface, values]) {
        if (iface === MANAGER)
            Object.assign(this.host, plain(values));
        else if (iface === DOMAIN && this.domains.has(path))
            Object.assign(this.domains.get(path), domainOf(values));
        this.changed();
    }

    find(uuid) {
        return [...this.domains.values()].find(domain => domain.Uuid === uuid);
    }

    /** All of a method's answers. */
    callAll(path, iface, method, args) {
        if (!this.client)
            return Promise.reject(new Error(cockpit.gettext("virtschedd is not there")));
        return this.client.call(path, iface, method, args);
    }

    async call(path, iface, method, args) {
        const [answer] = await this.callAll(path, iface, method, args);
        return answer;
    }

    /** Keys that one copy of the XML sets. */
    async getSettings(domain, copy) {
        return plain(await this.call(domain.path, DOMAIN, "GetSettings", [copy]));
    }

    /** set: {key: value}, unset: [key]; answers [key, before, after] for each that changes. */
    setSettings(domain, set, unset, flags, dryRun) {
        const typed = Object.entries(set).map(([key, value]) => [key, { t: this.settings.get(key).type, v: value }]);
        return this.call(domain.path, DOMAIN, "SetSettings", [Object.fromEntries(typed), unset, flags, dryRun]);
    }

    setGuestChannel(domain, enable, flags, dryRun) {
        return this.call(domain.path, DOMAIN, "SetGuestChannel", [enable, flags, dryRun]);
    }

    /** One {key, wanted, inForce, origin, reason} per setting. */
    async why(domain) {
        const rows = await this.call(domain.path, DOMAIN, "Why", []);
        return rows.map(([key, wanted, inForce, origin, reason]) => ({ key, wanted, inForce, origin, reason }));
    }

    /** One {counter: value} per vCPU; what is counted of QEMU's other threads is left out. */
    async stats(domain) {
        return (await this.call(domain.path, DOMAIN, "GetStats", [])).map(plain).filter(stats => "vcpu" in stats);
    }

    /** {phase: {...}, tasks: [{...}]}: the interactive phase that is on, and the guest's tasks. */
    async tasks(domain) {
        const [phase, tasks, vcpus] = await this.callAll(domain.path, DOMAIN, "GetTasks", []);
        return { phase: plain(phase), tasks: tasks.map(plain), vcpus: vcpus.map(plain) };
    }

    startPhase(domain, ms) {
        return this.callAll(domain.path, DOMAIN, "StartPhase", [ms]);
    }

    endPhase(domain) {
        return this.callAll(domain.path, DOMAIN, "EndPhase", []);
    }

    /** {job: {...}, vcpus: [{...}]} of the migration that runs, or of none. */
    async migration(domain) {
        const [job, vcpus] = await this.callAll(domain.path, DOMAIN, "GetMigration", []);
        return { job: plain(job), vcpus: vcpus.map(plain) };
    }

    /** One {id, state, found, cure} per check. */
    async doctor() {
        const rows = await this.call(PATH, MANAGER, "Doctor", []);
        return rows.map(([id, state, found, cure]) => ({ id, state, found, cure }));
    }
}
