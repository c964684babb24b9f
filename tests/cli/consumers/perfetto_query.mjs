// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ask Perfetto's trace processor about a trace.
 *
 * usage: node perfetto_query.mjs ENGINE TRACE < SQL    one JSON array of rows a statement
 *
 * ENGINE is the folder of the trace processor that Perfetto's own page loads, in
 * WebAssembly: the library, its glue (engine_bundle.node.js), and the decoder of its
 * answers (engine.mjs). The glue is written for a browser's worker; here it gets what it
 * takes of one. Statements end with a line that ends in a semicolon.
 */
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {pathToFileURL} from 'node:url';
import {runInThisContext} from 'node:vm';

const PATIENCE_MS = 30000;
const [engineFolder, tracePath] = process.argv.slice(2);
const engineFile = (name) => resolve(engineFolder, name);

/* Exactly one place, or the glue is another one. */
function replaceOnce(text, from, to) {
	const parts = text.split(from);

	if (parts.length !== 2)
		throw new Error(`${from}: ${parts.length - 1} times in the glue`);
	return parts.join(to);
}

async function startBridge() {
	const library = readFileSync(engineFile('trace_processor.wasm'));
	const worker = {
		self: globalThis,
		location: {href: 'http://trace/'},
		WorkerGlobalScope: class {},
		/* The library is the only thing that it loads. */
		XMLHttpRequest: class {
			open() {}
			send() {
				this.response = library;
			}
		},
	};
	let glue = readFileSync(engineFile('engine_bundle.node.js'), 'utf8');

	for (const [name, value] of Object.entries(worker))
		Object.defineProperty(globalThis, name, {value, configurable: true, writable: true});
	/* The library that is here has 32 bits. */
	glue = replaceOnce(glue, '= hasMemory64Support();', '= false;');
	/* Whether it is ready, only the bridge itself knows. */
	glue = replaceOnce(glue, 'const wasmBridge =', 'const wasmBridge = globalThis.bridge =');
	runInThisContext(glue);
	for (let waited = 0; !globalThis.bridge.reqBufferAddr; waited += 10) {
		if (waited > PATIENCE_MS)
			throw new Error('the trace processor does not start');
		await sleep(10);
	}
	return globalThis.bridge;
}

async function openEngine() {
	const {EngineBase} = await import(pathToFileURL(engineFile('engine.mjs')));
	const bridge = await startBridge();
	const {port1, port2} = new MessageChannel();

	class Engine extends EngineBase {
		rpcSendRequestBytes(bytes) {
			port2.postMessage(bytes);
		}
	}
	const engine = new Engine();

	port2.onmessage = ({data}) => engine.onRpcResponseBytes(data);
	bridge.initialize(port1);
	/* Without its port there is nothing to wait for: the program ends, all written. */
	engine.close = () => port2.close();
	return engine;
}

function* rowsOf(result) {
	const columns = result.columns();

	for (const row = result.iter({}); row.valid(); row.next())
		yield Object.fromEntries(columns.map((name) => [name, row.get(name)]));
}

/* Nanoseconds do not fit into a JavaScript number, but into JSON. */
function json(rows) {
	return JSON.stringify(rows, (_, value) =>
		typeof value === 'bigint' ? `bigint:${value}` : value).replace(/"bigint:(-?\d+)"/g, '$1');
}

/* An answer of a newer library has a field that the decoder passes over. */
console.warn = (...words) => console.error(...words);

const engine = await openEngine();

await engine.parse(new Uint8Array(readFileSync(tracePath)));
await engine.notifyEof();
for (const statement of readFileSync(0, 'utf8').split(/;\s*\n/).filter((text) => text.trim()))
	console.log(json([...rowsOf(await engine.query(statement))]));
engine.close();
