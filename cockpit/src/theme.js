/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dark or light as the user chose in Cockpit's menu ("shell:style"), or as the system is. Every page of Cockpit does
 * this for itself.
 */

const system = window.matchMedia("(prefers-color-scheme: dark)");

function apply(chosen) {
    const style = chosen || window.localStorage.getItem("shell:style") || "auto";
    const dark = style === "dark" || (style === "auto" && system.matches);

    document.documentElement.classList.toggle("pf-v6-theme-dark", dark);
}

export function followTheme() {
    window.addEventListener("storage", event => {
        if (event.key === "shell:style")
            apply();
    });
    window.addEventListener("cockpit-style", event => apply(event.detail && event.detail.style));
    system.addEventListener("change", () => apply());
    apply();
}
