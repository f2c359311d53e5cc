/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for people: of states, of times, of values and of errors. What the daemon says in a sentence is shown as it is. */

const _ = cockpit.gettext;

/** What ListDomains and Domain.Summary call the state of a domain's scheduling: word, colour of a label, icon. */
export const SUMMARIES = {
    off: { word: _("Nothing is on"), colour: "", icon: "off" },
    applied: { word: _("In force"), colour: "green", icon: "success" },
    partly: { word: _("Partly in force"), colour: "orange", icon: "warning" },
    failed: { word: _("Failed"), colour: "red", icon: "danger" },
    "shut off": { word: _("At the next start"), colour: "", icon: "off" },
};

export function summaryOf(domain) {
    return SUMMARIES[domain.Summary] || { word: domain.Summary, colour: "", icon: "info" };
}

const STATES = {
    running: _("Running"),
    idle: _("Idle"),
    paused: _("Paused"),
    "in shutdown": _("Shutting down"),
    "shut off": _("Shut off"),
    crashed: _("Crashed"),
    pmsuspended: _("Suspended"),
};

export function stateOf(domain) {
    return STATES[domain.State] || domain.State;
}

const ORIGINS = {
    default: _("Default"),
    profile: _("Profile"),
    rule: _("Rule of the host"),
    lease: _("Somebody holds it"),
    domain: _("This machine's XML"),
    ceiling: _("Limit of the host"),
};

export function originWord(origin) {
    return ORIGINS[origin] || origin;
}

/** What is on, as a label in the table: settings that are switches and mean something to a person. */
export const PARTS = {
    "interactive.state": _("Interactive phases"),
    "boost.state": _("Boost"),
    "boost.guest": _("Guest's own voice"),
    "dirtyQuota.state": _("Gentle migration"),
};

/** A setting's value with its unit; "" is not set. */
export function valueWord(setting, value) {
    if (value === "" || value === null || value === undefined)
        return "–";
    if (value === true || value === "on")
        return _("on");
    if (value === false || value === "off")
        return _("off");
    if (setting && setting.unit === "percent")
        return `${value} %`;
    return setting && setting.unit ? `${value} ${setting.unit}` : String(value);
}

export function percent(share) {
    const value = 100 * share;

    return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** Nanoseconds as a person says them. */
export function duration(ns) {
    for (const [size, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
        if (Math.abs(ns) >= size)
            return `${(ns / size).toPrecision(3)} ${unit}`;
    }
    return `${ns} ns`;
}

/** Cause and cure of a call that failed. */
export function errorWords(error) {
    const name = String(error.name || "").split(".").pop();

    if (name === "Denied" || error.problem === "access-denied")
        return cockpit.format(_("$0. Turn on administrative access at the top of the page, or ask the administrator."), error.message);
    return error.message || error.problem || String(error);
}

const GONE = {
    "not-found": _("The service virtschedd does not run on this host. Install virtsched, or look at: systemctl status virtschedd"),
    "access-denied": _("The system bus does not let this user talk to virtschedd. Turn on administrative access."),
    disconnected: _("The connection to virtschedd ended. The page looks for it again every few seconds."),
};

export function goneWords(daemon) {
    return GONE[daemon.problem] || daemon.message || daemon.problem;
}
