/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who makes sound, from ALSA's files in /proc. Changes nothing but the module's file. */
#include "vsg-sound.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vsg-files.h"

bool vsg_sound_is_there(void)
{
	char card[512];

	return vsg_find("/proc/asound/card*", "", card, sizeof(card));
}

void vsg_sound_tell(const char *file)
{
	static char before[512] = "\n";
	char now[512] = "", pattern[512], text[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/proc/asound/card*/pcm*p/sub*/status", vsg_root);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			char *owner;

			vsg_read(found.gl_pathv[i], text, sizeof(text));
			owner = strstr(text, "owner_pid");
			if (strstr(text, "state: RUNNING") && owner && strlen(now) < sizeof(now) - 32)
				sprintf(now + strlen(now), "%ld ", strtol(owner + strcspn(owner, "0123456789\n"), NULL, 10));
		}
		globfree(&found);
	}
	strcat(now, "\n");
	if (strcmp(now, before) != 0 && vsg_write(file, now) == 0)
		strcpy(before, now);
}
