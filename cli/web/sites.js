// SPDX-License-Identifier: GPL-2.0-only
// The table of call sites, and the first drawing of everything.
const COLUMNS = data.is_diff ? [
	["before", (s) => value(s.sums, BEFORE, part), (s) => duration(value(s.sums, BEFORE, part)) + "/s"],
	["after", (s) => value(s.sums, NOW, part), (s) => duration(value(s.sums, NOW, part)) + "/s"],
	["difference", (s) => value(s.sums, NOW, part) - value(s.sums, BEFORE, part),
		(s) => { const d = value(s.sums, NOW, part) - value(s.sums, BEFORE, part); return (d < 0 ? "\u2212" : "+") + duration(Math.abs(d)) + "/s"; }],
	["change", (s) => change(s.sums, part), (s) => changeText(s.sums, part)],
	["waits before", (s) => counted(s.sums, BEFORE), (s) => count(+counted(s.sums, BEFORE).toFixed(1)) + "/s"],
	["waits after", (s) => counted(s.sums, NOW), (s) => count(+counted(s.sums, NOW).toFixed(1)) + "/s"],
] : [
	["total", (s) => s.sums[NOW][1], (s) => duration(s.sums[NOW][1])],
	["share", (s) => value(s.sums, NOW, part), (s) => share(value(s.sums, NOW, part), value(nodes[0].sums, NOW, part))],
	["blocked", (s) => s.sums[NOW][2], (s) => duration(s.sums[NOW][2])],
	["run queue", (s) => s.sums[NOW][3], (s) => duration(s.sums[NOW][3])],
	["spin", (s) => s.sums[NOW][4], (s) => duration(s.sums[NOW][4])],
	["waits", (s) => s.sums[NOW][0], (s) => count(s.sums[NOW][0])],
	["average", (s) => s.sums[NOW][1] / (s.sums[NOW][0] || 1), (s) => duration(s.sums[NOW][1] / (s.sums[NOW][0] || 1))],
	["longest", (s) => s.max[NOW], (s) => duration(s.max[NOW])],
];
const WORDS = [["class", (s) => s.class_name], ["process", (s) => s.process], ["call site", (s) => s.site]];
const ALL = [...COLUMNS, ...WORDS];
let sortBy = data.is_diff ? 2 : 0, upwards = false, limit = 100;
function compareSites(a, b) {
	const x = ALL[sortBy][1](a), y = ALL[sortBy][1](b);
	let c = typeof x === "string" ? x.localeCompare(y) : x - y;

	// The largest change first, whichever way it went.
	if (data.is_diff && sortBy === 2)
		c = Math.abs(x) - Math.abs(y);
	return upwards ? c : -c;
}
function drawSites() {
	const rows = data.sites.filter((s) => on.has(s.class)).sort(compareSites);
	const body = byId("sites").tBodies[0];

	body.replaceChildren(...rows.slice(0, limit).map((s) => {
		const tr = element("tr");

		COLUMNS.forEach(([, , print]) => tr.append(element("td", print(s), "number")));
		WORDS.forEach(([name, get], i) => {
			const td = element("td", undefined, name === "call site" ? "site" : "");

			if (i === 0)
				td.append(swatch(classes.get(s.class).colour));
			td.append(get(s));
			tr.append(td);
		});
		tr.title = "search it in the flame graph";
		tr.addEventListener("click", () => {
			byId("search").value = s.site.replace(/(\+0x[0-9a-f]+)?( [^ ]+:\d+)?( \[[^\]]*\])?( \?)?$/, "");
			search();
			byId("graph-title").scrollIntoView({ behavior: quick ? "auto" : "smooth" });
		});
		return tr;
	}));
	byId("more").hidden = rows.length <= limit;
	byId("more").textContent = `Show all ${rows.length} call sites`;
	byId("sites").querySelectorAll("th").forEach((th, i) =>
		th.setAttribute("aria-sort", i !== sortBy ? "none" : upwards ? "ascending" : "descending"));
	byId("sites").querySelectorAll("th button").forEach((b, i) => {
		b.textContent = ALL[i][0] + (i !== sortBy ? "" : upwards ? " \u25b4" : " \u25be");
	});
}
{
	const tr = byId("sites").tHead.insertRow();

	ALL.forEach(([name], i) => {
		const th = element("th", undefined, i < COLUMNS.length ? "number" : ""), button = element("button", name);

		th.scope = "col";
		button.type = "button";
		button.addEventListener("click", () => {
			upwards = sortBy === i ? !upwards : i >= COLUMNS.length;
			sortBy = i;
			drawSites();
		});
		th.append(button);
		tr.append(th);
	});
	byId("more").addEventListener("click", () => { limit = Infinity; drawSites(); });
}

draw();
drawSites();
