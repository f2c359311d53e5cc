/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who makes sound, for the module: that never counts as background. */
#ifndef VSG_SOUND_H
#define VSG_SOUND_H

#include <stdbool.h>

/* Whether there is a sound card at all. */
bool vsg_sound_is_there(void);

/* Writes who has a playback device open and running to @file, the module's, when that has changed. */
void vsg_sound_tell(const char *file);

#endif
