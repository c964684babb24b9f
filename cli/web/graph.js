// SPDX-License-Identifier: GPL-2.0-only
// The flame graph: the tree that is drawn, its frames and their tooltips.
const text = (i) => i === null ? null : data.strings[i];
const nodes = data.nodes.map((n) => ({
	parent: n[0], kind: n[1], name: text(n[2]), module: text(n[3]), file: text(n[4]), line: n[5],
	inlined: n[6], classId: n[7], processes: n[8], pid: n[9],
	sums: [n.slice(10, 15), n.slice(15, 20)], below: [],
}));
nodes.forEach((n) => { if (n.parent !== null) nodes[n.parent].below.push(n); });
function label(n) {
	if (n.kind !== PROCESS || !n.pid || data.is_diff)
		return n.name;
	return n.processes > 1 ? `${n.name} (${n.processes} processes)` : `${n.name} (pid ${n.pid})`;
}
// What the graph draws: of the classes chosen, the time chosen.
function shown(n) {
	const children = n.below.map(shown);
	const inBelow = d3.sum(n.below, (b) => both(b.sums, part));
	let own = Math.max(0, both(n.sums, part) - inBelow); // too small for nodes of its own

	if (n.classId ? !on.has(n.classId) : on.size < classes.size)
		own = 0;
	return { name: label(n), node: n, children, value: own + d3.sum(children, (c) => c.value) };
}

// --- the graph ---

let zoomed = null;
const graph = d3.select("#graph");
const quick = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const chart = flamegraph.default()
	.cellHeight(ROW)
	.minFrameSize(LEAST)
	.tooltip(tip())
	.setColorMapper((d) => d.highlight ? FOUND : fill(d.data.node))
	.setSearchMatch((d, term) => matches(d.data.node, term))
	.setSearchHandler((results, sum, total) => {
		byId("found").textContent = results.length === 0 ? "nothing found" :
			`${results.length} frame${results.length === 1 ? "" : "s"}, ${share(sum, total)}`;
	})
	.onClick((d) => { zoomed = d.parent ? d : null; afterDraw(); });
function fill(n) {
	if (n.kind === CUT)
		return "#ffffff";
	if (data.is_diff)
		return changeColour(change(n.sums, part));
	if (n.kind === ROOT || n.kind === PROCESS)
		return "#d8d4cf";
	const c = classes.get(n.classId) || data.palette.several;
	return n.kind === USER ? c.tint : c.colour;
}
function matches(n, term) {
	return term !== "" && [label(n), n.module, n.file].some((s) => s && s.toLowerCase().includes(term));
}
function width() {
	return Math.max(320, byId("graph").clientWidth);
}
// The library knows nothing of kernel and program, and not how high what is shown is.
function afterDraw() {
	let depth = 0;

	graph.selectAll("g.frame")
		.classed("kernel", (d) => d.data.node.kind === KERNEL)
		.classed("wait", (d) => d.data.node.kind === CLASS)
		.classed("cut", (d) => d.data.node.kind === CUT)
		.each((d) => { depth = Math.max(depth, d.depth); });
	const height = (depth + 1) * ROW + 2;
	if (height > (chart.height() || 0)) {
		chart.height(height);
		graph.select("svg").attr("height", height);
		chart.update();
		afterDraw();
	}
}
function levels(n, least) {
	return n.value < least ? 0 : 1 + d3.max([0, ...n.children.map((c) => levels(c, least))]);
}
function draw() {
	const root = shown(nodes[0]);

	zoomed = null;
	byId("graph").hidden = !(root.value > 0);
	if (!(root.value > 0))
		return;
	chart.width(width()).height(levels(root, LEAST * root.value / width()) * ROW + 2);
	if (graph.select("svg").empty())
		graph.datum(root).call(chart.transitionDuration(0));
	else
		chart.update(root);
	graph.select("svg").attr("height", chart.height());
	chart.transitionDuration(quick ? 0 : 200);
	search();
}
function search() {
	const term = byId("search").value.trim().toLowerCase();

	if (term) {
		chart.search(term);
	} else {
		chart.clear();
		byId("found").textContent = "";
	}
	afterDraw();
}
function tip() {
	const box = byId("tip");
	const row = (table, ...cells) => {
		const tr = table.insertRow();

		cells.forEach((c) => { tr.insertCell().textContent = c; });
	};
	const side = (table, name, sums, s, all) => row(table, name, duration(value(sums, s, part)) + per,
		share(value(sums, s, part), value(all, s, part)),
		count(counted(sums, s)) + " waits" + per,
		sums[s][0] ? "avg " + duration(sums[s][1] / sums[s][0]) : "");
	const show = (event, d) => {
		const n = d.data.node, table = element("table");
		const kind = n.kind === USER ? "program" : n.kind === KERNEL ? "kernel" : "";
		const of = n.kind === CLASS ? "" : n.classId ? "class " + classes.get(n.classId).name : "several classes";
		const where = [kind, n.inlined ? "inlined" : "", n.module && n.module !== "kernel" ? n.module : "",
			n.file ? n.file + (n.line ? ":" + n.line : "") : "", of].filter(Boolean).join(", ");

		side(table, data.is_diff ? "after" : PARTS[part], n.sums, NOW, nodes[0].sums);
		if (data.is_diff) {
			side(table, "before", n.sums, BEFORE, nodes[0].sums);
			row(table, "change", changeText(n.sums, part));
		} else {
			PARTS.forEach((name, p) => {
				if (p !== part && (p === TOTAL || n.sums[NOW][1 + p] > 0))
					row(table, name, duration(n.sums[NOW][1 + p]),
						p === TOTAL ? "" : share(n.sums[NOW][1 + p], n.sums[NOW][1]) + " of it");
			});
		}
		box.replaceChildren(element("b", label(n)), element("div", where, "where"), table);
		box.hidden = false;
		const x = event.pageX + 14, y = event.pageY + 14;
		box.style.left = Math.max(4, Math.min(x, window.scrollX + document.documentElement.clientWidth - box.offsetWidth - 8)) + "px";
		box.style.top = (event.clientY + box.offsetHeight + 24 > window.innerHeight ?
			Math.max(4, event.pageY - box.offsetHeight - 12) : y) + "px";
	};
	const self = () => self;

	self.show = show;
	self.hide = () => { box.hidden = true; };
	return self;
}
