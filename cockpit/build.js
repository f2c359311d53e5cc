#!/usr/bin/node
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the folder that Cockpit serves: node build.js OUT [MODULES]. The page's own files as they are, and the parts of
 * PatternFly that they use in one style sheet. The same input gives the same bytes. MODULES is where npm has put what
 * package-lock.json names; without it that is done here, in OUT.npm. Exit: 1 failed, 2 usage, 3 npm had no answer.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/* What is wrong with the project rather than with the way to the registry: contents or versions that differ. */
const OURS = /EINTEGRITY|EUSAGE|ERESOLVE|EJSONPARSE/;
const HERE = path.dirname(fileURLToPath(import.meta.url));

/* In PatternFly's own order: variables first, then what uses them. Its icon fonts and web fonts are left out. */
const STYLES = [
    "base/patternfly-variables", "base/patternfly-common", "base/patternfly-svg-icons",
    ...["Alert/alert", "Breadcrumb/breadcrumb", "Button/button", "Card/card", "DescriptionList/description-list",
        "EmptyState/empty-state", "Form/form", "FormControl/form-control", "HelperText/helper-text", "Label/label",
        "Radio/radio", "Switch/switch", "Table/table", "Table/table-grid", "Title/title"].map(name => `components/${name}`),
];

function install(folder) {
    fs.mkdirSync(folder, { recursive: true });
    for (const name of ["package.json", "package-lock.json", ".npmrc"])
        fs.copyFileSync(path.join(HERE, name), path.join(folder, name));
    const run = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
                                   "--fetch-retry-mintimeout=2000"],
                          { cwd: folder, encoding: "utf8" });
    if (run.status !== 0) {
        console.error(`${run.stderr || run.error}`.trim());
        console.error("build cockpit: npm could not get what package-lock.json names; -Dcockpit=disabled builds without the page");
        process.exit(OURS.test(run.stderr || "") ? 1 : 3);
    }
    return path.join(folder, "node_modules");
}

function styleSheet(modules) {
    const root = path.join(modules, "@patternfly/patternfly");
    const { version, license } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    const parts = STYLES.map(name => fs.readFileSync(path.join(root, `${name}.css`), "utf8").replaceAll("@charset \"UTF-8\";", ""));

    return `/* PatternFly ${version}, licence ${license}: ${STYLES.length} of its parts, as they are. */\n${parts.join("\n")}`;
}

function build(out, modules) {
    fs.rmSync(out, { recursive: true, force: true });
    fs.mkdirSync(out, { recursive: true });
    for (const name of fs.readdirSync(path.join(HERE, "src")).sort())
        fs.copyFileSync(path.join(HERE, "src", name), path.join(out, name));
    fs.writeFileSync(path.join(out, "patternfly.css"), styleSheet(modules));
}

const [out, modules] = process.argv.slice(2);
if (!out) {
    console.error("build cockpit: usage: node build.js OUT [MODULES]");
    process.exit(2);
}
build(out, modules || install(`${out}.npm`));
