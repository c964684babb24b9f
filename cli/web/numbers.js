// SPDX-License-Identifier: GPL-2.0-only
// The data of the page, and its numbers as people read them.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const TOTAL = 0, NOW = 0, BEFORE = 1;
const PARTS = ["total", "blocked", "run queue", "spin"];
const ROOT = 0, PROCESS = 1, USER = 2, KERNEL = 3, CUT = 4, CLASS = 5;
const ROW = 18; // height of a frame
const LEAST = 0.4; // width of one, pixels
const FOUND = "#f28cff";
const per = data.is_diff ? "/s" : "";
const classes = new Map(data.classes.map((c) => [c.id, c]));
const on = new Set(classes.keys());
let part = TOTAL;

// --- numbers as people read them; the same rules as in the terminal ---

const UNITS = [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9], ["min", 6e10], ["h", 3.6e12], ["d", 8.64e13]];
function duration(ns) {
	let i = 0;

	while (i + 1 < UNITS.length && ns >= UNITS[i + 1][1] * (i < 3 ? 0.99995 : 2))
		i++;
	const value = ns / UNITS[i][1];
	if (i === 0)
		return (ns > 0 && ns < 10 ? value.toFixed(1) : String(Math.round(value))) + " ns";
	return (value >= 99.995 ? value.toFixed(1) : value.toFixed(2)) + " " + UNITS[i][0];
}
function count(n) {
	if (n < 1e6)
		return Number.isInteger(n) ? String(n) : n.toFixed(1);
	return n < 1e9 ? (n / 1e6).toFixed(2) + "M" : (n / 1e9).toFixed(2) + "G";
}
const share = (a, all) => all > 0 ? (100 * a / all).toFixed(1) + " %" : "-";
const seconds = (side) => data.sides[side].duration_ns / 1e9 || 1;

// A sum is [count, total, blocked, run queue, spin] of one side. What is shown of a
// difference is time in a second, because the recordings have different lengths.
const value = (sums, side, p) => sums[side][1 + p] / (data.is_diff ? seconds(side) : 1);
const counted = (sums, side) => sums[side][0] / (data.is_diff ? seconds(side) : 1);
const both = (sums, p) => value(sums, NOW, p) + (data.is_diff ? value(sums, BEFORE, p) : 0);
function change(sums, p) {
	const now = value(sums, NOW, p), before = value(sums, BEFORE, p);

	return now + before > 0 ? (now - before) / (now + before) : 0;
}
function changeText(sums, p) {
	const now = value(sums, NOW, p), before = value(sums, BEFORE, p);

	if (now + before <= 0)
		return "-";
	if (before <= 0)
		return "new";
	if (now <= 0)
		return "gone";
	return (now < before ? "\u2212" : "+") + share(Math.abs(now - before), before);
}
function mix(a, b, t) {
	const c = [1, 3, 5].map((i) => Math.round(parseInt(a.slice(i, i + 2), 16) * (1 - t) +
		parseInt(b.slice(i, i + 2), 16) * t));

	return "#" + c.map((x) => x.toString(16).padStart(2, "0")).join("");
}
const changeColour = (c) => mix(data.palette.same, c > 0 ? data.palette.more : data.palette.less, Math.abs(c));

function element(tag, text, className) {
	const e = document.createElement(tag);

	if (text !== undefined)
		e.textContent = text;
	if (className)
		e.className = className;
	return e;
}
function swatch(colour) {
	const e = element("span", undefined, "swatch");

	e.style.background = colour;
	return e;
}
