/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be set on the page, in words: one row per control. A row names the keys of the daemon's settings that it
 * reads and sets; ranges, defaults and what this daemon cannot do yet come from the daemon's own table.
 */

const _ = cockpit.gettext;

export const PROFILE = "profile";

export const PROFILES = {
    off: { word: _("Off"), help: _("Nothing is on unless it is switched on below.") },
    desktop: { word: _("Desktop"), help: _("Somebody sits before it: input and screen come first.") },
    audio: { word: _("Audio"), help: _("As Desktop, with enough in one go to fill a small sound buffer.") },
    server: { word: _("Server"), help: _("Requests are answered sooner, and never before the host's own real-time work.") },
    build: { word: _("Build"), help: _("Throughput: it makes way for the others.") },
};

/**
 * kind: "choice" (a word from a list), "switch", "channel" (a switch that also adds a device) or "words" (a slider).
 * drops: keys that would contradict what is set. A step of a slider is {word, help, set}.
 */
export const CONTROLS = [
    { id: "profile", kind: "choice", keys: [PROFILE], drops: [], title: _("Profile"), words: PROFILES },
    { id: "boost", kind: "switch", keys: ["boost.state"], drops: [], title: _("Boost"),
      help: _("Wake-ups and interrupts get the CPU at once, for a moment; the time is paid back.") },
    { id: "budget", kind: "words", keys: ["boost.budget.burst", "boost.budget.share"], drops: [], title: _("Boost budget"),
      steps: [
          { word: _("Gentle"), help: _("1 ms in one go, at most 10 % of a CPU"),
            set: { "boost.budget.burst": 1000, "boost.budget.share": 10 } },
          { word: _("Normal"), help: _("2 ms in one go, at most 20 % of a CPU"),
            set: { "boost.budget.burst": 2000, "boost.budget.share": 20 } },
          { word: _("Strong"), help: _("5 ms in one go, at most 40 % of a CPU"),
            set: { "boost.budget.burst": 5000, "boost.budget.share": 40 } },
      ] },
    { id: "strength", kind: "words", keys: ["boost.class"], drops: ["boost.priority", "boost.nice", "boost.slice"],
      title: _("Boost strength"),
      steps: [
          { word: _("Mild"), help: _("A lower nice value: ahead of most work"), set: { "boost.class": "nice" } },
          { word: _("Brisk"), help: _("Short time slices: soon, and often"), set: { "boost.class": "slice" } },
          { word: _("At once"), help: _("Real time: ahead of everything ordinary"), set: { "boost.class": "fifo" } },
      ] },
    { id: "guest", kind: "channel", keys: ["boost.guest"], drops: [], title: _("Guest's own voice"),
      help: _("A Linux guest with the virtsched module says itself what is urgent.") },
    { id: "interactive", kind: "switch", keys: ["interactive.state"], drops: [], title: _("Interactive phases"),
      help: _("After a key or a click, what the user waits for comes before the guest's background work.") },
    { id: "ratio", kind: "words", keys: ["interactive.weightRatio.interactive", "interactive.weightRatio.background"],
      drops: [], title: _("Interactive before background"), needs: "interactive.state",
      steps: [
          { word: _("Even"), help: _("1 to 1"),
            set: { "interactive.weightRatio.interactive": 1, "interactive.weightRatio.background": 1 } },
          { word: _("More"), help: _("3 to 1"),
            set: { "interactive.weightRatio.interactive": 3, "interactive.weightRatio.background": 1 } },
          { word: _("Much more"), help: _("10 to 1"),
            set: { "interactive.weightRatio.interactive": 10, "interactive.weightRatio.background": 1 } },
      ] },
    { id: "dirty", kind: "switch", keys: ["dirtyQuota.state"], drops: [], title: _("Gentle migration"),
      help: _("During live migration only the vCPUs that write too much memory are slowed down.") },
];

/**
 * The value that a key has, or undefined when only the profile knows.
 * copy: what the shown copy of the XML sets; applied: what is in force now, {} when the copy is not the live one
 */
export function valueOf(daemon, copy, applied, key) {
    if (key in copy)
        return copy[key];
    if (key in applied)
        return applied[key];
    if (copy[PROFILE] === undefined || key === PROFILE)
        return daemon.settings.get(key).default;
    return undefined;
}

/** Index of the step that the values are, or -1 when they are values of the user's own. */
export function stepOf(control, value) {
    return control.steps.findIndex(step => control.keys.every(key => value(key) === step.set[key]));
}
