// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of an HTML page (cli/web), within the program: a page needs no file
 * but the program, and the program none beside itself. The assembler reads them,
 * from the folder that the compiler runs in.
 */
#include <string.h>

#include "flame/web.h"

#define EMBED(label, file)                                             \
	extern const char web_##label[], web_##label##_end[];          \
	__asm__(".pushsection .rodata.web, \"a\"\n"                    \
		".global web_" #label ", web_" #label "_end\n"         \
		".hidden web_" #label "\n.hidden web_" #label "_end\n" \
		"web_" #label ":\n.incbin \"cli/web/" file "\"\n"      \
		"web_" #label "_end:\n.byte 0\n.popsection\n")

EMBED(page_html, "page.html");
EMBED(page_css, "page.css");
EMBED(numbers_js, "numbers.js");
EMBED(graph_js, "graph.js");
EMBED(controls_js, "controls.js");
EMBED(histograms_js, "histograms.js");
EMBED(sites_js, "sites.js");
EMBED(d3_js, "d3.min.js");
EMBED(d3_licence, "d3.LICENSE");
EMBED(flame_js, "d3-flame-graph.min.js");
EMBED(flame_licence, "d3-flame-graph.LICENSE");

static const struct web_file files[] = {
	{ "page.html", web_page_html, web_page_html_end },
	{ "page.css", web_page_css, web_page_css_end },
	{ "numbers.js", web_numbers_js, web_numbers_js_end },
	{ "graph.js", web_graph_js, web_graph_js_end },
	{ "controls.js", web_controls_js, web_controls_js_end },
	{ "histograms.js", web_histograms_js, web_histograms_js_end },
	{ "sites.js", web_sites_js, web_sites_js_end },
	{ "d3.min.js", web_d3_js, web_d3_js_end },
	{ "d3.LICENSE", web_d3_licence, web_d3_licence_end },
	{ "d3-flame-graph.min.js", web_flame_js, web_flame_js_end },
	{ "d3-flame-graph.LICENSE", web_flame_licence, web_flame_licence_end },
};

/**
 * web_find() - a file of cli/web
 * @name: its name, need not be terminated
 * @len: length of @name
 *
 * Return: the file, or NULL when there is none.
 */
const struct web_file *web_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strlen(files[i].name) == len && !memcmp(files[i].name, name, len))
			return &files[i];
	return NULL;
}
