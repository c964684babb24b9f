// SPDX-License-Identifier: GPL-2.0-only
// What the reader can press and type, and the words around the graph.
PARTS.forEach((name, p) => {
	const button = element("button", name);

	button.type = "button";
	button.setAttribute("aria-pressed", String(p === part));
	button.disabled = !(both(nodes[0].sums, p) > 0);
	button.addEventListener("click", () => {
		part = p;
		byId("parts").querySelectorAll("button").forEach((b, i) => b.setAttribute("aria-pressed", String(i === p)));
		draw();
		drawSites();
	});
	byId("parts").append(button);
});
data.classes.forEach((c) => {
	const button = element("button");
	const amount = data.is_diff ?
		`${duration(value(c.sums, BEFORE, TOTAL))}/s \u2192 ${duration(value(c.sums, NOW, TOTAL))}/s` :
		`${duration(c.sums[NOW][1])}, ${share(c.sums[NOW][1], nodes[0].sums[NOW][1])}`;

	button.type = "button";
	button.title = "show or hide this class";
	button.setAttribute("aria-pressed", "true");
	button.append(data.is_diff ? swatch(changeColour(change(c.sums, TOTAL))) : swatch(c.colour), `${c.name} ${amount}`);
	button.addEventListener("click", () => {
		if (on.has(c.id))
			on.delete(c.id);
		else
			on.add(c.id);
		button.setAttribute("aria-pressed", String(on.has(c.id)));
		draw();
		drawSites();
	});
	byId("classes").append(button);
});
byId("search").addEventListener("input", search);
byId("reset").addEventListener("click", () => { if (zoomed) chart.resetZoom(); });
byId("flip").addEventListener("click", (event) => {
	chart.inverted(!chart.inverted());
	event.currentTarget.setAttribute("aria-pressed", String(chart.inverted()));
	chart.update();
	afterDraw();
});
document.addEventListener("keydown", (event) => {
	if (event.key === "/" && document.activeElement !== byId("search")) {
		event.preventDefault();
		byId("search").focus();
	} else if (event.key === "Escape") {
		byId("search").value = "";
		search();
		if (zoomed)
			chart.resetZoom();
	}
});
let resizing = 0;
window.addEventListener("resize", () => {
	clearTimeout(resizing);
	resizing = setTimeout(() => {
		if (graph.select("svg").empty())
			return;
		chart.width(width()).update();
		afterDraw();
	}, 150);
});

// --- title, legend, notes ---

function summary(side) {
	const sums = nodes[0].sums, total = sums[side][1];
	const parts = PARTS.map((name, p) => p === TOTAL ? "" : `${name} ${share(sums[side][1 + p], total)}`);

	return `${duration(total)} waited in ${count(sums[side][0])} wait${sums[side][0] === 1 ? "" : "s"}` +
		(data.is_diff ? `, ${duration(value(sums, side, TOTAL))} in a second` : "") +
		`: ${parts.slice(1).join(", ")}`;
}
byId("summary").append(data.is_diff ? "before: " + summary(BEFORE) : summary(NOW));
if (data.is_diff)
	byId("summary").append(element("br"), "after: " + summary(NOW));
if (data.is_diff)
	[[-1, "gone"], [-0.5, "a third"], [0, "the same"], [0.5, "three times"], [1, "new"]].forEach(([c, name]) =>
		byId("legend").append(swatch(changeColour(c)), name));
else
	byId("legend").append(swatch(data.palette.several.tint), "light: functions of the program",
		swatch(data.palette.several.colour), "full colour, slanted: of the kernel; grey: several classes; bold: the wait");
byId("legend").append(data.is_diff ? ". A frame is as wide as before and after together; it shows size, not whether chance can explain it: see waitprof diff. " : ". ",
	"Click a frame to zoom, / to search.");
byId("left-out").textContent = !(both(nodes[0].sums, TOTAL) > 0) ? "No wait was seen." :
	data.left_out ? `${data.left_out} frames that hold less than ${data.least} of every time are not in this page.` : "";
data.sides.forEach((s, i) => {
	const of = data.is_diff ? (i === NOW ? "after: " : "before: ") : "";

	s.notes.forEach((note) => byId("notes").append(element("p", of + note)));
	byId("notes").append(element("p", `${of}waitprof ${s.version || "?"}, Linux ${s.kernel || "?"}, ${s.who}, ${duration(s.duration_ns)}`));
});
