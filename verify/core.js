// Works a draw out again from its bundle, as docs/spec says
"use strict";

const range = (n, f) => Array.from({length: n}, (_, i) => f(i));
const bytes = s => new TextEncoder().encode(s), text = b => new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(b);
const HEX = range(256, i => (i + 256).toString(16).slice(1)), hex = b => b.reduce((s, x) => s + HEX[x], "");
const unhex = s => Uint8Array.from(s.match(/../g), x => "0x" + x);

// Parts as one; with a block size padded: 1, zeros, length in bits
function join(parts, block) {
	const n = parts.reduce((n, p) => n + p.length, 0), all = new Uint8Array(block ? n + block * 9 / 8 & -block : n);
	parts.reduce((at, p) => { all.set(p, at); return at + p.length; }, 0);
	if (block) {
		all[n] = 128;
		new DataView(all.buffer).setUint32(all.length - 4, n * 8);
	}
	return all;
}

// Place: where, or [where, what is there, what should be]
function must(holds, place, what = "form") {
	const row = [].concat(place), [where, ...both] = row;
	if (!holds) throw {row, message: `${what}: ${where} ${both.join(" ≠ ")}`.trim()};
}

const equal = (is, should, where, what) => must(is === should, [where, is, should], what);

// SHA-256, SHA-512 (FIPS 180-4), SM3 (GB/T 32905)

const N = BigInt, ZERO = N(0), ONE = N(1), low = BigInt.asUintN;

// 64 bits behind the point of n's k-th root
function fraction(n, k) {
	let x = ZERO;
	for (let bit = ONE << N(69); bit; bit >>= ONE) if ((x + bit) ** N(k) <= N(n) << N(64 * k)) x += bit;
	return low(64, x);
}
const primes = range(408, i => i + 2).filter((n, i, all) => all.slice(0, i).every(d => n % d));
const K512 = primes.map(p => fraction(p, 3)), IV512 = primes.slice(0, 8).map(p => fraction(p, 2));
const upper = list => list.map(x => Number(x >> N(32)) | 0), K256 = upper(K512), W = new Int32Array(68);

const rol = (x, n) => x << n | x >>> 32 - n, most = (a, b, c) => a & b | a & c | b & c;

function sha256Rounds(a, b, c, d, e, f, g, h) {
	for (let t = 16; t < 64; t++) {
		const x = W[t - 15], y = W[t - 2];
		W[t] = (rol(x, 25) ^ rol(x, 14) ^ x >>> 3) + W[t - 7] + (rol(y, 15) ^ rol(y, 13) ^ y >>> 10) + W[t - 16];
	}
	for (let t = 0; t < 64; t++) {
		const x = h + (rol(e, 26) ^ rol(e, 21) ^ rol(e, 7)) + (e & f ^ ~e & g) + K256[t] + W[t];
		const y = (rol(a, 30) ^ rol(a, 19) ^ rol(a, 10)) + most(a, b, c);
		h = g; g = f; f = e; e = d + x | 0; d = c; c = b; b = a; a = x + y | 0;
	}
	return [a, b, c, d, e, f, g, h];
}

function sm3Rounds(a, b, c, d, e, f, g, h) {
	for (let t = 16; t < 68; t++) {
		const x = W[t - 16] ^ W[t - 9] ^ rol(W[t - 3], 15);
		W[t] = x ^ rol(x, 15) ^ rol(x, 23) ^ rol(W[t - 13], 7) ^ W[t - 6];
	}
	for (let t = 0; t < 64; t++) {
		const first = t < 16, r = rol(a, 12), ss = rol(r + e + rol(first ? 0x79cc4519 : 0x7a879d8a, t % 32) | 0, 7);
		const x = (first ? a ^ b ^ c : most(a, b, c)) + d + (ss ^ r) + (W[t] ^ W[t + 4]) | 0;
		const y = (first ? e ^ f ^ g : e & f | ~e & g) + h + ss + W[t] | 0;
		d = c; c = rol(b, 9); b = a; a = x; h = g; g = rol(f, 19); f = e; e = y ^ rol(y, 9) ^ rol(y, 17);
	}
	return [a, b, c, d, e, f, g, h];
}

// With HMAC (RFC 2104) and tree hashes (RFC 6962)
function hashing(iv, rounds, mix) {
	function hash(...parts) {
		const all = new DataView(join(parts, 64).buffer);
		let s = iv;
		for (let at = 0; at < all.byteLength;) {
			for (let t = 0; t < 16; t++, at += 4) W[t] = all.getInt32(at);
			const old = s;
			s = rounds(...s).map((x, i) => mix(x, old[i]) | 0);
		}
		s.forEach((x, i) => all.setInt32(4 * i, x));
		return new Uint8Array(all.buffer, 0, 32);
	}
	function hmac(key) {
		const pads = [0x36, 0x5c].map(pad => range(64, i => key[i] ^ pad));
		return m => pads.reduce((x, pad) => hash(pad, x), m);
	}
	return {hash, hmac, leaf: s => hash([0], bytes(s)), node: (l, r) => hash([1], l, r)};
}

const sha256 = hashing(upper(IV512), sha256Rounds, (x, y) => x + y);
const sm3 = hashing([0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e],
	sm3Rounds, (x, y) => x ^ y);

function sha512(...parts) {
	const ror = (x, n) => low(64, x >> N(n) | x << N(64 - n)), all = new DataView(join(parts, 128).buffer);
	let s = IV512;
	for (let at = 0; at < all.byteLength; at += 128) {
		const w = range(16, i => all.getBigUint64(at + 8 * i));
		s = K512.reduce(([a, b, c, d, e, f, g, h], k, t) => {
			const u = w[t + 1], v = w[t + 14];
			w.push(low(64, (ror(u, 1) ^ ror(u, 8) ^ u >> N(7)) + w[t + 9] + (ror(v, 19) ^ ror(v, 61) ^ v >> N(6)) + w[t]));
			const x = h + (ror(e, 14) ^ ror(e, 18) ^ ror(e, 41)) + (e & f ^ ~e & g) + k + w[t];
			const y = (ror(a, 28) ^ ror(a, 34) ^ ror(a, 39)) + most(a, b, c);
			return [low(64, x + y), a, b, c, low(64, d + x), e, f, g];
		}, s).map((x, i) => low(64, x + s[i]));
	}
	s.forEach((x, i) => all.setBigUint64(8 * i, x));
	return new Uint8Array(all.buffer, 0, 64);
}

// Ed25519 (RFC 8032), points as [x, y]

const P = (ONE << N(255)) - N(19), L = (ONE << N(252)) + N("27742317777372353535851937790883648493");
const mod = x => (x % P + P) % P, number = b => N("0x" + hex(b.slice().reverse()));

// x to the power n, or n times x
const repeat = (n, x, join, out) => { for (; n; n >>= ONE, x = join(x, x)) if (n & ONE) out = join(out, x); return out; };
const power = (x, n) => repeat(n, x, (a, b) => mod(a * b), ONE), inverse = x => power(x, P - N(2)), D = mod(N(-121665) * inverse(N(121666)));

function point(b) {
	const n = number(b), odd = n >> N(255), y = low(255, n), xx = mod((y * y - ONE) * inverse(D * y * y + ONE));
	let x = power(xx, P + N(3) >> N(3));
	if (mod(x * x) !== xx) x = mod(x * power(N(2), P >> N(2)));
	must(y < P && mod(x * x) === xx && (x || !odd), "Ed25519");
	return [(x & ONE) === odd ? x : P - x, y];
}

function add([x, y], [v, w]) {
	const a = mod(x * v), b = mod(y * w), e = mod(D * a * b), i = inverse(ONE - e * e);
	return [(x * w + v * y) * (ONE - e) * i, (a + b) * (ONE + e) * i].map(mod);
}

// s·B − k·A = R?
function signed(key, message, signature) {
	const r = signature.slice(0, 32), s = number(signature.slice(32)), k = number(sha512(r, key, message)) % L;
	const [a, b] = point(key), [x, y] = repeat(k, [-a, b], add, repeat(s, point(unhex("58" + "66".repeat(31))), add, [ZERO, ONE]));
	return s < L && (y | (x & ONE) << N(255)) === number(r);
}

// The bundle in hand
let files, m, h, firms, pool, reveal, lot, seedHex, result, ledger, trusted, unsigned, pause, row;

// Canonical JSON (RFC 8785)
function json(v) {
	if (typeof v === "string") return /[\ud800-\udfff]/u.test(v) ? "" : JSON.stringify(v);
	if (typeof v === "boolean" || Number.isSafeInteger(v)) return String(v);
	if (Array.isArray(v)) return `[${v.map(json)}]`;
	return `{${Object.keys(v).sort().map(k => json(k) + ":" + json(v[k]))}}`;
}

const parse = name => JSON.parse(text(files[name]));

function strict(name) {
	const v = parse(name);
	must(json(v) === text(files[name]), name, "not canonical");
	return v;
}

// The first place where theirs departs from ours; in files the row or piece of JSON
function difference(ours, theirs, where) {
	if (ours instanceof Uint8Array) {
		[ours, theirs] = [ours, theirs].map(b => new TextDecoder().decode(b).split(/json/.test(where) ? "," : "\n"));
	}
	if (![ours, theirs].every(x => Object(x) === x)) return ours !== theirs && [where, theirs, ours];
	for (const k in {...ours, ...theirs}) {
		const found = difference(ours[k], theirs[k], where + (Array.isArray(ours) ? "#" + (+k + 1) : " " + k));
		if (found) return found;
	}
}

const FIRMS = "suiji/targets/1", MATCH = "suiji/match/1", BEACON = "beacon.json";
const listsOf = scheme => scheme === FIRMS ? ["targets", "excluded"] : ["targets", "officers", "recusals"];

function crc32(data) {
	let c = -1;
	for (let i = 0; i < data.length; i++) {
		c ^= data[i];
		for (let k = 0; k < 8; k++) c = c >>> 1 ^ (c & 1 && 0xedb88320);
	}
	return ~c;
}

// The one form allowed: headers of 16-bit words, low byte first
function zip(names, files) {
	const words = (...list) => new Uint8Array(Uint16Array.from(list).buffer), local = [], dir = [];
	let at = 0;
	for (const name of names) {
		const data = files[name], n = bytes(name), crc = crc32(data), size = [data.length, data.length >>> 16];
		const both = [20, 0, 0, 0, 33, crc, crc >>> 16, ...size, ...size, n.length, 0];
		local.push(words(0x4b50, 0x403, ...both), n, data);
		dir.push(words(0x4b50, 0x201, 20, ...both, 0, 0, 0, 0, 0, at, at >>> 16), n);
		at += 30 + n.length + data.length;
	}
	const d = join(dir);
	return join([...local, d, words(0x4b50, 0x605, 0, 0, names.length, names.length, d.length, d.length >>> 16, at, at >>> 16, 0)]);
}

// Puts back the byte that explains a CRC-32 that is off, if only one does
function mended(data, off) {
	const out = data.slice();
	let found = 0;
	for (let at = data.length; at--;) {
		for (let k = 0; k < 8; k++) off = off < 0 ? (off ^ 0xedb88320) << 1 | 1 : off << 1;
		if (off >>> 8 === 0) found++, out[at] ^= off;
	}
	return found === 1 ? out : data;
}

function container(data) {
	const view = new DataView(data.buffer);
	let at = 0, scheme, i = 0;
	while (at + 30 <= data.length && view.getUint32(at, true) === 0x04034b50) {
		const from = at + 30 + view.getUint16(at + 26, true), name = text(data.slice(at + 30, from)), crc = view.getInt32(at + 14, true);
		at = from + view.getUint32(at + 18, true);
		const file = files[name] = data.subarray(from, at), off = crc32(file) ^ crc;
		if (off && at <= data.length) must(false, difference(mended(file, off), file, name) || name, "file altered");
	}
	try { scheme = parse("manifest.json").scheme; } catch (e) {}
	if (scheme !== MATCH && files["excluded.tsv"]) scheme = FIRMS;
	const names = ["manifest.json", ...listsOf(scheme).map(l => l + ".tsv"), "reveal.json",
		...files[BEACON] ? [BEACON] : [], "result.json", "ledger.json"];
	const missing = names.filter(name => !files[name]);
	must(!missing[0], `${missing}`, "file missing");
	const anew = zip(names, files);
	while (i in data && data[i] === anew[i]) i++;
	must(!(i in data || i in anew), "zip @" + i, "byte differs");
	return `字节 bytes ${i}`;
}

const is = (re, x) => typeof x === "string" && x.match(re), whole = (x, from) => Number.isSafeInteger(x) && x >= from;
const ID = /^[\w.-]{1,40}$/, HASH = /^[0-9a-f]{64}$/, ANY = /[^]/;
const each = (list, form) => Array.isArray(list) && list.every(form) && new Set(list.map(x => x.name)).size === list.length;
const has = (x, members) => `${Object.keys(x).sort()}` === members;
const moment = s => is(/^(?!0000)\d{4}-/, s) && new Date(s).toJSON() === s.replace("Z", ".000Z");
const source = s => is(ID, s.name) && (s.kind === "committed" ? is(/^(bureau|witness)$/, s.by) && is(HASH, s.commitment)
	: s.kind === "public" ? is(/^/, s.how) : s.kind === "drand" && is(ANY, s.chain) && whole(s.round, 1));

function manifest() {
	m = strict("manifest.json");
	const {scheme, hash, seed, mode, attempt = 1, disclosure = "digest-first", disclose_by: day = "2000-01-01", teams = 0} = m;
	const form = {
		scheme: [FIRMS, MATCH].includes(scheme), hash: is(/^(sha256|sm3)$/, hash), id: is(ANY, m.id), attempt: whole(attempt, 1),
		previous: attempt > 1 ? is(HASH, m.previous) : !("previous" in m),
		disclosure: is(/^(at-once|digest-first|after-check)$/, disclosure), disclose_by: moment(day + "T00:00:00Z"),
		seed: each(seed, source) && seed.length
			&& (disclosure === "at-once" || seed.some(s => s.by === "bureau" && s.kind === "committed")),
		lists: listsOf(scheme).every(l => m[l] && whole(m[l].count, 0) && is(HASH, m[l].root)),
		...scheme === FIRMS ? {strata: each(m.strata, s => is(ANY, s.name) && whole(s.draw, 0) && whole(s.reserve, 0))} : {
			slots: each(m.slots, s => is(ID, s.name) && whole(s.size, 2)),
			mode: is(/^(each|teams)$/, mode), teams: whole(teams, +(mode === "teams")), reserve: whole(m.reserve, 0),
		},
	};
	for (const member in form) must(form[member], "manifest.json " + member);
	h = hash === "sm3" ? sm3 : sha256;
	return `${m.id} ${scheme} ${hash}`;
}

// Gives take each line's fields
async function read(list, pattern, take) {
	const name = list + ".tsv", lines = text(files[name]).split("\n"), {count, root} = m[list];
	const form = RegExp(`^([\\w.-]{1,40})\t${pattern}$`);
	must(lines.pop() === "", name, "no LF");
	let last = "", i = 0, row = [];
	for (const line of lines) {
		await pause(i, count);
		const where = `${name}:${++i}`, f = line.match(form), key = list === "recusals" ? line : f && f[1];
		must(f, where);
		must(key > last, where, "out of order");
		last = key;
		take(f.slice(1), i, where);
		row.push(h.leaf(line));
	}
	while (row.length > 1) row = range(row.length + 1 >> 1, i => row[2 * i + 1] ? h.node(row[2 * i], row[2 * i + 1]) : row[2 * i]);
	const sum = hex(row[0] || h.hash());
	equal(i, count, name, "count");
	equal(sum, root, name, "root");
}

async function lists() {
	const [groups, work] = m.scheme === FIRMS ? [m.strata, firmLists] : [m.slots, matchLists];
	pool = new Map(groups.map(g => [g.name, new Set()]));
	await work();
	return listsOf(m.scheme).map(l => l + " " + m[l].count).join();
}

async function firmLists() {
	await read("targets", "([^\t]*)\t([1-9]\\d{0,2}|1000)", ([id, stratum, tickets], line, where) => {
		must(pool.has(stratum), where, "no quota");
		pool.get(stratum).add(id);
		firms.set(id, {id, line, stratum, tickets});
	});
	await read("excluded", "([0-9a-z-]+)", ([id, reason], line, where) => {
		must(!firms.has(id), where, "in both lists");
		firms.set(id, {line, reason, fate: "excluded"});
	});
	for (const {name, draw} of m.strata) must(draw <= pool.get(name).size, name, "quota too large");
}

async function matchLists() {
	const slots = (field, where) => {
		const names = field.split(","), found = m.slots.filter(s => names.includes(s.name));
		must(found.length === names.length, where);
		return found;
	};
	await read("targets", "([^\t]*)", ([id, field], line, where) => {
		firms.set(id, {id, line, slots: slots(field, where), barred: new Set(), teams: [], fate: "matched"});
	});
	await read("officers", "([^\t]*)", ([id, field], _, where) => slots(field, where).forEach(s => pool.get(s.name).add(id)));
	await read("recusals", "([\\w.-]{1,40})", ([officer, id]) => firms.has(id) && firms.get(id).barred.add(officer));
	for (const f of firms.values()) {
		f.slots.forEach(({name, size}, i, need) => {
			const who = pool.get(name), barred = [...f.barred].filter(o => who.has(o)).length;
			const taken = need.slice(0, i).reduce((n, e) => [...pool.get(e.name)].some(o => who.has(o)) ? n + e.size : n, 0);
			must(m.mode === "each" ? who.size - barred - taken >= size : m.teams * size <= who.size && m.teams > barred + taken,
				`targets.tsv:${f.line} ${name}`, "too few officers");
		});
	}
}

function values(name, sources) {
	must(!sources[0] === !files[name], name);
	const v = sources[0] ? strict(name) : {};
	must(has(v, `${sources.map(s => s.name).sort()}`), name, "wrong sources");
	return v;
}

function commitments() {
	reveal = values("reveal.json", m.seed);
	for (const {name, kind, commitment} of m.seed) {
		const value = reveal[name], own = hex(h.hash(bytes(`suiji/commit/1\n${name}\n${value}\n`)));
		must(is(kind === "public" ? /^[\w.,-]{1,200}$/ : HASH, value), "reveal.json " + name);
		if (kind === "committed") equal(own, commitment, name, "commitment");
	}
	return `${Object.keys(reveal)}`;
}

// The signature itself is not checked: that takes a pairing.
function beacon() {
	const drand = m.seed.filter(s => s.kind === "drand");
	for (const [name, s] of Object.entries(values(BEACON, drand))) {
		must(is(/^[0-9a-f]{96}$/, s) && hex(sha256.hash(unhex(s))) === reveal[name], name, "not the signature's hash");
	}
	return unsigned = drand[0] ? "signature not checked" : "";
}

function seed() {
	const salt = h.hash(bytes(json(m))), lines = m.seed.map(s => `${s.name} ${reveal[s.name]}\n`);
	const k = h.hmac(salt)(bytes("suiji/seed/1\n" + lines.join(""))), mac = h.hmac(k);
	lot = (...parts) => hex(mac(bytes(parts.join(":") + "\x01")));
	seedHex = hex(k);
	equal(parse("result.json").seed, seedHex, "result.json", "seed differs");
	return seedHex;
}

const byLot = (list, lot) => [...list].map(x => lot(x) + x).sort().map(s => s.slice(64));

async function drawFirms() {
	for (const f of firms.values()) {
		await pause(f.line, firms.size);
		if (f.id) f.value = range(f.tickets, i => lot("target", f.id, i + 1)).sort()[0];
	}
	return {strata: m.strata.map(({name, draw, reserve}) => {
		const row = byLot(pool.get(name), id => firms.get(id).value);
		row.forEach((id, i) => Object.assign(firms.get(id), {rank: i + 1, fate: i < draw ? "drawn" : i < draw + reserve ? "reserve" : "passed"}));
		return {name, drawn: row.slice(0, draw), reserves: row.slice(draw, draw + reserve)};
	})};
}

async function matchOfficers() {
	const row = byLot(firms.keys(), id => lot("order", id)).map(id => firms.get(id));
	for (const slot of m.slots) deal(slot, row.filter(f => f.slots.includes(slot)));
	for (const f of row) {
		await pause(f.line, firms.size);
		for (const t of f.teams) {
			const free = [...pool.get(t.slot)].filter(o => !f.barred.has(o));
			t.reserves = byLot(free, o => lot("reserve", t.slot, f.id, o)).slice(0, m.reserve);
		}
	}
	return {matches: row.map(f => ({target: f.id, teams: f.teams}))};
}

// A card is an officer or a team. Who inspects a firm is barred from it.
function deal({name, size}, row) {
	const teams = m.mode === "teams", cut = byLot(pool.get(name), o => lot("deal", name, 1, o)), deck = [];
	const cards = new Map(teams ? range(m.teams, t => [`${t + 1}`, cut.splice(0, size)]) : cut.map(o => [o, [o]]));
	let lap = 0;
	for (const f of row) {
		const officers = [], fits = card => !cards.get(card).some(o => f.barred.has(o));
		while (officers.length < size) {
			if (!deck.some(fits) && ++lap) deck.push(...byLot(cards.keys(), card => lot(teams ? "team" : "deal", name, lap, card)));
			officers.push(...cards.get(deck.splice(deck.findIndex(fits), 1)[0]));
			officers.forEach(o => f.barred.add(o));
		}
		f.teams.push({slot: name, officers});
	}
}

async function outcome() {
	const {id, scheme} = m, name = "result.json";
	result = {id, scheme, seed: seedHex, ...await (scheme === FIRMS ? drawFirms : matchOfficers)()};
	must(json(result) === text(files[name]), difference(result, parse(name), name) || name, "outcome differs");
	return (result.strata || []).map(s => `${s.name} ${s.drawn.length}`).join();
}

function unbase64(s, size) {
	const raw = atob(s);
	must(btoa(raw) === s && raw.length === size, "base64");
	return Uint8Array.from(raw, x => x.charCodeAt());
}

function checkpoint() {
	const {key, checkpoint} = ledger, [name, id, ...code] = key.split("+"), pub = unbase64(code.join("+"), 33);
	const [, size, root, , line] = checkpoint.split("\n"), mark = line.slice(-92), sig = unbase64(mark, 68);
	const body = `${name}\n${size}\n${root}\n`;
	must(is(/^suiji\/[\w.-]{1,40}$/, name) && pub[0] === 1 && hex(sha256.hash(bytes(name + "\n"), pub).slice(0, 4)) === id, "ledger.json key");
	must(!trusted || trusted === key, "ledger.json key", "wrong key");
	must(checkpoint === `${body}\n— ${name} ${mark}\n` && is(/^(0|[1-9]\d{0,15})$/, size) && hex(sig.slice(0, 4)) === id
		&& signed(pub.slice(1), bytes(body), sig.slice(4)), "ledger.json checkpoint", "bad signature");
	return {id, size, root: hex(unbase64(root, 32))};
}

// The root above a leaf; an odd last node rises alone
function climb(hash, index, size, path) {
	for (; size > 1; index = Math.floor(index / 2), size = Math.ceil(size / 2)) {
		if (size % 2 && index === size - 1) continue;
		if (!path.length) return;
		const other = unhex(path.shift());
		hash = index % 2 ? sha256.node(other, hash) : sha256.node(hash, other);
	}
	return hex(hash);
}

function acts() {
	const digest = x => hex(h.hash(x)), file = name => digest(files[name + ".json"]);
	return [["round.sealed", {manifest: file("manifest")}],
		...m.seed.filter(s => s.kind === "public").map(({name: source}) => ["round.rolled",
			m.disclosure === "at-once" ? {source, value: reveal[source]} : {source, digest: digest(bytes(reveal[source]))}]),
		["round.drawn", {seed: digest(bytes(seedHex)), reveal: file("reveal"), result: file("result")}]];
}

function proofs() {
	const name = "ledger.json", want = acts();
	ledger = strict(name);
	must(has(ledger, "checkpoint,entries,key"), name);
	const {id, size, root} = checkpoint();
	equal(ledger.entries.length, want.length, name, "entry count");
	ledger.entries.forEach((e, i) => {
		const where = `${name} #${i + 1}`, [type, data] = want[i], {index, entry, proof} = e, {at} = entry, leaf = json(entry);
		must(has(e, "entry,index,proof") && whole(index, 0) && proof.every(p => is(HASH, p)) && moment(at), where);
		const path = proof.slice();
		equal(leaf, json({v: 1, type, at, subject: m.id, data}), where, "wrong entry");
		must(index < size && climb(sha256.leaf(leaf), index, size, path) === root && !path.length, where, "not in tree");
	});
	return `台账 tree ${size}，密钥指纹 key hash ${id}`;
}

function order() {
	return ledger.entries.map(({index, entry}, i, all) => {
		must(!i || index > all[i - 1].index && entry.at >= all[i - 1].entry.at, "ledger.json #" + (i + 1), "too early");
		return `#${index} ${entry.at}`;
	}).join(" → ");
}

const STEPS = [container, manifest, lists, commitments, beacon, seed, outcome, proofs, order];

// Says of each step its name, detail, and how it ended
async function check(data, say, key) {
	[files, m, firms, trusted, row] = [{}, {}, new Map(), key];
	let last = Date.now(), ok = true, detail;
	for (const step of STEPS) {
		pause = (i, n) => Date.now() - last > 50 && new Promise(go => {
			say(step.name, `${i} / ${n}`);
			setTimeout(() => go(last = Date.now()));
		});
		try { detail = await step(data); } catch (e) { [ok, detail, row] = [false, e.message, e.row]; }
		say(step.name, detail, ok);
		if (!ok) break;
	}
	return ok;
}
