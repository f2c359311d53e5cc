// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plays as a low-latency player does and counts glitches, after oboetester. Used by lab/bench in guests; the sound goes
 * nowhere. Prints one line or JSON object; allocates and prints nothing while it plays.
 *
 * Device: two buffers. While one is played, the other has to be filled by a SCHED_FIFO thread that the device's period
 * wakes; the clock stands for the device. A period that begins without a filled buffer is one glitch. A late buffer is
 * played from the next period on, where the thread starts anew, so callbacks and glitches add up to the periods.
 *
 * Work of a callback: a fixed amount a frame, as in a mixer, whatever the buffer: VOICES voices, resampled, through an
 * equaliser of BANDS bands, gain, mixed to stereo and clipped. The sizes are those that make 20 to 30 % of a period where
 * an instruction is a nanosecond (a full mix on a slow core): enough to need the CPU, far from failing for want of it.
 *
 * Around it: a guest that plays is not idle. A SCHED_OTHER thread decodes and draws, 60 times a second, a fixed amount of
 * integer work of about 2 to 4 ms, so that a vCPU is often running something less urgent when the device's timer fires.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#define NSEC 1000000000LL
#define RATE 48000
#define VOICES 16
#define BANDS 6
#define SOURCE 4096		/* frames of sound that the voices loop over */
#define FRAME_NS (NSEC / 60)	/* of the picture */
#define TAPS 512		/* of the decoder's filter bank, 32 outputs a block */
#define BLOCKS 19		/* about 2 ms */

static long buffer_ms = 2, priority = 80;
static double seconds = 60, warm_up_s = 0.5;
static int json;

struct biquad {
	float b0, b1, b2, a1, a2, z1, z2;
};

struct voice {
	float at, step, gain[2];
	struct biquad eq[2][BANDS];
};

static struct voice voices[VOICES];
static float source[SOURCE + 1];
static int32_t window[TAPS], coded[TAPS + 32];
static volatile int64_t picture;

struct played {
	size_t periods, callbacks, glitches;
	int64_t longest, *took;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = { ns / NSEC, ns % NSEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* A bell of DB decibels at HZ, one octave wide. */
static struct biquad bell(double hz, double db)
{
	double a = pow(10, db / 40), w = 2 * M_PI * hz / RATE, alpha = sin(w) / 2.83, a0 = 1 + alpha / a;

	return (struct biquad){ .b0 = (float)((1 + alpha * a) / a0), .b1 = (float)(-2 * cos(w) / a0),
				.b2 = (float)((1 - alpha * a) / a0), .a1 = (float)(-2 * cos(w) / a0),
				.a2 = (float)((1 - alpha / a) / a0) };
}

static void set_up(void)
{
	for (int i = 0; i <= SOURCE; i++)
		source[i] = (float)(0.5 * sin(2 * M_PI * 8 * i / SOURCE) + 0.2 * sin(2 * M_PI * 96 * i / SOURCE));
	for (int i = 0; i < TAPS; i++)
		window[i] = (int32_t)(32767 * sin(M_PI * i / TAPS));
	for (int i = 0; i < TAPS + 32; i++)
		coded[i] = (i * 7919) % 65536 - 32768;
	for (int v = 0; v < VOICES; v++) {
		voices[v].at = (float)(v * SOURCE / VOICES);
		voices[v].step = 0.75f + 0.05f * (float)v;
		voices[v].gain[0] = (float)(v + 1) / (VOICES * VOICES);
		voices[v].gain[1] = (float)(VOICES - v) / (VOICES * VOICES);
		for (int b = 0; b < 2 * BANDS; b++)
			voices[v].eq[b / BANDS][b % BANDS] = bell(60 * pow(2.5, b % BANDS), (v + b) % 13 - 6);
	}
}

static float through(struct biquad *eq, float x)
{
	for (int b = 0; b < BANDS; b++) {
		float y = eq[b].b0 * x + eq[b].z1;

		eq[b].z1 = eq[b].b1 * x - eq[b].a1 * y + eq[b].z2;
		eq[b].z2 = eq[b].b2 * x - eq[b].a2 * y;
		x = y;
	}
	return x;
}

static int16_t clip(float x)
{
	return (int16_t)(32767 * (x > 1 ? 1 : x < -1 ? -1 : x));
}

/* What a player's callback does: fill BUFFER with the next FRAMES frames of stereo. */
static void mix(int16_t *buffer, long frames)
{
	for (long f = 0; f < frames; f++) {
		float left = 0, right = 0;

		for (struct voice *v = voices; v < voices + VOICES; v++) {
			int i = (int)v->at;
			float x = source[i] + (v->at - (float)i) * (source[i + 1] - source[i]);

			left += v->gain[0] * through(v->eq[0], x);
			right += v->gain[1] * through(v->eq[1], x);
			v->at += v->step;
			if (v->at >= SOURCE)
				v->at -= SOURCE;
		}
		buffer[2 * f] = clip(left);
		buffer[2 * f + 1] = clip(right);
	}
}

/* How many periods the device went without sound because this callback was LATE ns behind its deadline. */
static size_t missed(int64_t late, int64_t period, size_t left)
{
	size_t n = late > 0 ? (size_t)((late - 1) / period + 1) : 0;

	return n < left ? n : left;
}

static void *play(void *arg)
{
	struct sched_param param = { .sched_priority = (int)priority };
	int64_t period = buffer_ms * 1000000, begin, late;
	static int16_t device[2][2 * RATE / 10];
	struct played *p = arg;
	size_t at = 0;

	prctl(PR_SET_TIMERSLACK, 1);
	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &param)) {
		fprintf(stderr, "vs-audio: set SCHED_FIFO %ld: not permitted; run as root\n", priority);
		exit(1);
	}
	begin = now_ns() + (int64_t)(warm_up_s * NSEC);
	while (at < p->periods) {
		int64_t woken = begin + (int64_t)at * period;
		size_t silent;

		sleep_until(woken);
		mix(device[p->callbacks % 2], RATE / 1000 * buffer_ms);
		late = now_ns() - woken - period;
		p->took[p->callbacks++] = late + period;
		p->longest = late > p->longest ? late : p->longest;
		at++;
		silent = missed(late, period, p->periods - at);
		p->glitches += silent;
		at += silent;
	}
	return NULL;
}

/* One picture or packet: BLOCKS to 2 x BLOCKS blocks of a filter bank. */
static void decode(unsigned int *seed)
{
	int64_t sum = 0;

	for (int block = BLOCKS + rand_r(seed) % BLOCKS; block > 0; block--)
		for (int out = 0; out < 32; out++)
			for (int tap = 0; tap < TAPS; tap++)
				sum += (int64_t)window[tap] * coded[tap + out];
	picture += sum;
}

static void *surround(void *arg)
{
	int64_t next = now_ns();
	unsigned int seed = 1;

	for (;;) {
		decode(&seed);
		/* A picture that is late is dropped. */
		do
			next += FRAME_NS;
		while (next < now_ns());
		sleep_until(next);
	}
	return arg;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct played *p)
{
	double sum = 0;

	qsort(p->took, p->callbacks, sizeof(*p->took), by_value);
	for (size_t i = 0; i < p->callbacks; i++)
		sum += (double)p->took[i];
	printf(json ? "{\"buffer_ms\":%ld,\"callbacks\":%zu,\"glitches\":%zu,\"longest_us\":%.2f,\"mean_us\":%.2f,\"p99_us\":%.2f}\n"
		    : "%ld ms buffers: %zu callbacks, %zu glitches, latest %.2f us late; callback done after %.2f us, 99 %% in %.2f us\n",
	       buffer_ms, p->callbacks, p->glitches, (double)p->longest / 1000, sum / (double)p->callbacks / 1000,
	       (double)p->took[p->callbacks * 99 / 100] / 1000);
}

static void usage(FILE *to)
{
	fprintf(to, "usage: vs-audio [--buffer-ms MS] [--seconds S] [--warm-up S] [--priority 1..99] [--json]\n"
		"Plays silently through two buffers of MS milliseconds (usual: 2) for S seconds (usual: 60). Prints a line,\n"
		"or one JSON object: callbacks, glitches (periods that began without a filled buffer), longest_us (the latest buffer, past\n"
		"its deadline), mean_us and p99_us (from the device's period to the filled buffer).\n"
		"warm-up: sleep before the first period (usual: 0.5); meanwhile the decoder is running already.\n");
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "buffer-ms", 1, NULL, 'b' }, { "seconds", 1, NULL, 's' }, { "warm-up", 1, NULL, 'w' },
		{ "priority", 1, NULL, 'p' },  { "json", 0, NULL, 'j' },    { "help", 0, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "b:s:w:p:jh", options, NULL)) != -1) {
		switch (c) {
		case 'b': buffer_ms = atol(optarg); break;
		case 's': seconds = atof(optarg); break;
		case 'w': warm_up_s = atof(optarg); break;
		case 'p': priority = atol(optarg); break;
		case 'j': json = 1; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); return 2;
		}
	}
	if (buffer_ms < 1 || buffer_ms > 100 || seconds * 1000 < (double)buffer_ms || seconds > 36000 || priority < 1 ||
	    priority > 99 || warm_up_s < 0 || warm_up_s > 60 || optind < argc) {
		usage(stderr);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct played played = { 0 };
	pthread_t player, around;

	if (parse(argc, argv))
		return 2;
	played.periods = (size_t)(seconds * 1000 / (double)buffer_ms);
	played.took = calloc(played.periods, sizeof(*played.took));
	if (!played.took)
		return 1;
	set_up();
	mlockall(MCL_CURRENT | MCL_FUTURE);
	if (pthread_create(&around, NULL, surround, NULL) || pthread_create(&player, NULL, play, &played))
		return 1;
	pthread_join(player, NULL);
	report(&played);
	return 0;
}
