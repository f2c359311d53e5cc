/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks something once a second, or faster for a while, only while somebody can see the page, and one question at a time. */

const PERIOD_MS = 1000;

export class Poll {
    /** ask() is asynchronous and handles its own errors. */
    constructor(ask) {
        this.ask = ask;
        this.period = PERIOD_MS;
        this.onVisible = () => this.visible() ? this.start() : this.stop();
        cockpit.addEventListener("visibilitychange", this.onVisible);
        document.addEventListener("visibilitychange", this.onVisible);
    }

    visible() {
        return !cockpit.hidden && !document.hidden;
    }

    start() {
        if (this.timer || this.closed || !this.visible())
            return;
        this.timer = window.setInterval(() => this.now(), this.period);
        this.now();
    }

    /** Once in so many ms from now on; null: as usual. */
    pace(ms) {
        if (this.period === (ms || PERIOD_MS))
            return;
        this.period = ms || PERIOD_MS;
        if (this.timer) {
            window.clearInterval(this.timer);
            this.timer = window.setInterval(() => this.now(), this.period);
        }
    }

    stop() {
        window.clearInterval(this.timer);
        this.timer = null;
    }

    close() {
        this.stop();
        this.closed = true;
        cockpit.removeEventListener("visibilitychange", this.onVisible);
        document.removeEventListener("visibilitychange", this.onVisible);
    }

    async now() {
        if (this.asking || this.closed)
            return;
        this.asking = true;
        await this.ask();
        this.asking = false;
    }
}
