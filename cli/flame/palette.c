// SPDX-License-Identifier: GPL-2.0-only
/*
 * The colours of pictures. Those of the classes are Paul Tol's "light" scheme
 * (Colour Schemes, SRON/EPS/TN/09-002): made for cells with black text on them,
 * and told apart by colour-blind people. Those of a change are the middle of
 * ColorBrewer's RdBu, of which the same holds. Nothing is told by colour alone:
 * the class stands on top of every stack, the change in the tooltip.
 */
#include <stdio.h>

#include "linux/waitprof.h"
#include "flame/palette.h"

struct colour {
	unsigned char red, green, blue;
};

static const struct colour classes[] = {
	[WAITPROF_CLASS_NONE] = { 0xc4, 0xc4, 0xc4 },
	[WAITPROF_CLASS_FUTEX] = { 0x77, 0xaa, 0xdd },
	[WAITPROF_CLASS_MUTEX] = { 0xee, 0x88, 0x66 },
	[WAITPROF_CLASS_RWSEM] = { 0xee, 0xdd, 0x88 },
	[WAITPROF_CLASS_RTMUTEX] = { 0xff, 0xaa, 0xbb },
	[WAITPROF_CLASS_SEMAPHORE] = { 0x99, 0xdd, 0xff },
	[WAITPROF_CLASS_PERCPU_RWSEM] = { 0xaa, 0xaa, 0x00 },
	[WAITPROF_CLASS_IO] = { 0x44, 0xbb, 0x99 },
	[WAITPROF_CLASS_JOURNAL] = { 0xbb, 0xcc, 0x33 },
};

static const struct colour same = { 0xf2, 0xf2, 0xf2 };
static const struct colour more = { 0xef, 0x8a, 0x62 };
static const struct colour less = { 0x67, 0xa9, 0xcf };

static unsigned int mix(unsigned char a, unsigned char b, double share)
{
	return (unsigned int)(a * (1 - share) + b * share + 0.5);
}

static const char *put(char *buf, size_t size, const struct colour *from, const struct colour *to,
		       double share)
{
	snprintf(buf, size, "#%02x%02x%02x", mix(from->red, to->red, share),
		 mix(from->green, to->green, share), mix(from->blue, to->blue, share));
	return buf;
}

/**
 * palette_class() - the colour of a class
 * @buf: result, as "#rrggbb"
 * @size: its room, PALETTE_LEN
 * @class_id: WAITPROF_CLASS_*; WAITPROF_CLASS_NONE for several classes
 * @strength: 1 = itself, 0 = white
 *
 * Return: @buf.
 */
const char *palette_class(char *buf, size_t size, uint32_t class_id, double strength)
{
	static const struct colour white = { 0xff, 0xff, 0xff };

	if (class_id >= sizeof(classes) / sizeof(classes[0]))
		class_id = WAITPROF_CLASS_NONE;
	return put(buf, size, &white, &classes[class_id], strength);
}

/**
 * palette_change() - the colour of a change
 * @buf: result, as "#rrggbb"
 * @size: its room, PALETTE_LEN
 * @change: 1 = new, 0 = the same, -1 = gone
 *
 * Return: @buf.
 */
const char *palette_change(char *buf, size_t size, double change)
{
	if (change > 0)
		return put(buf, size, &same, &more, change);
	return put(buf, size, &same, &less, -change);
}
