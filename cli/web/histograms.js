// SPDX-License-Identifier: GPL-2.0-only
// How long the waits of each class last.
function drawHistogram(c, first, last) {
	const figure = element("figure"), caption = element("figcaption");
	const W = 340, H = 118, BASE = H - 16, TOP = 6, step = W / (last - first + 1);
	const sides = data.is_diff ? [NOW, BEFORE] : [NOW];
	const counts = sides.map((s) => c.octaves[s].map((n) => n / (data.is_diff ? seconds(s) : 1)));
	const most = Math.max(...counts.flat(), 1e-12);
	const svg = d3.create("svg").attr("viewBox", `0 0 ${W} ${H}`).attr("role", "img")
		.attr("aria-label", `durations of ${c.name} waits`);
	const numbers = (s) => `${count(c.sums[s][0])} waits` +
		(c.p50[s] === null ? "" : `, p50 ${duration(c.p50[s])}, p99 ${duration(c.p99[s])}`) + `, max ${duration(c.max[s])}`;

	caption.append(swatch(c.colour), " ", element("b", c.name));
	sides.slice().reverse().forEach((s) => caption.append(
		element("div", (data.is_diff ? (s === NOW ? "after: " : "before: ") : "") + numbers(s), "numbers")));
	svg.append("line").attr("class", "axis").attr("x1", 0).attr("x2", W).attr("y1", BASE).attr("y2", BASE);
	for (let i = first; i <= last; i++) {
		const x = (i - first) * step;
		const range = `${duration(2 ** i)} to ${duration(2 ** (i + 1))}`;
		const bar = svg.append("g");

		counts.forEach((of, s) => {
			const h = of[i] ? Math.max(1.5, (BASE - TOP) * of[i] / most) : 0;

			if (h)
				bar.append("rect").attr("x", x + 0.75).attr("width", Math.max(1, step - 1.5))
					.attr("y", BASE - h).attr("height", h)
					.attr("class", s === BEFORE ? "before" : "bar").attr("fill", s === BEFORE ? null : c.colour);
		});
		bar.append("title").text(data.is_diff ?
			`${range}: before ${count(+counts[BEFORE][i].toFixed(1))}/s, after ${count(+counts[NOW][i].toFixed(1))}/s` :
			`${range}: ${c.octaves[NOW][i]} waits`);
	}
	for (const [ns, name] of [[1e3, "1us"], [1e4, "10us"], [1e5, "100us"], [1e6, "1ms"], [1e7, "10ms"], [1e8, "100ms"], [1e9, "1s"], [1e10, "10s"], [1e11, "100s"]]) {
		const x = (Math.log2(ns) - first) * step;

		if (x < 0 || x > W)
			continue;
		svg.append("line").attr("class", "axis").attr("x1", x).attr("x2", x).attr("y1", BASE).attr("y2", BASE + 4);
		svg.append("text").attr("x", Math.min(x, W - 14)).attr("y", H - 3).attr("text-anchor", x < 12 ? "start" : "middle").text(name);
	}
	figure.append(caption, svg.node());
	if (c.unseen[NOW])
		figure.append(element("div", `${c.unseen[NOW]} waits are not in the chart: still open, begun before, or without room`, "numbers"));
	return figure;
}
{
	const used = data.classes.flatMap((c) => c.octaves.flatMap((o) => o.flatMap((n, i) => n ? [i] : [])));
	const first = used.length ? Math.min(...used) : 0, last = used.length ? Math.max(...used) : 0;

	data.classes.forEach((c) => byId("histograms").append(drawHistogram(c, first, Math.max(last, first + 3))));
	if (data.is_diff && data.classes.length)
		byId("hist-title").textContent += " (filled: after, outline: before; in a second)";
}
