// Works a draw out again from its bundle. Written from docs/spec alone; no dependency, no network.
// check(zip, {key, onstep, onwork}) promises the report of bundle.md. A failure reads "what: where".
"use strict";

// ---- Bytes and text

const range = (n, f) => Array.from({length: n}, (_, i) => f(i));
const bytes = s => new TextEncoder().encode(s), text = b => new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(b);
const HEX = range(256, i => (i + 256).toString(16).slice(1));
const hex = b => b.reduce((s, x) => s + HEX[x], "");
const unhex = s => Uint8Array.from(s.match(/../g), x => "0x" + x);

function join(...parts) {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	parts.reduce((at, p) => { out.set(p, at); return at + p.length; }, 0);
	return out;
}

function must(holds, where, what = "out of form") { if (!holds) throw new Error(what + ": " + where); }

function unbase64(s, size) {
	const raw = atob(s);
	must(btoa(raw) === s && raw.length === size, "base64");
	return Uint8Array.from(raw, x => x.charCodeAt());
}

// ---- SHA-256, SHA-512 (FIPS 180-4), SM3 (GB/T 32905)

const N = BigInt, ZERO = N(0), ONE = N(1), TWO = N(2), low = BigInt.asUintN;

// fraction: 64 bits behind the point of the k-th root of n. SHA-2's constants are such, of the first primes.
function fraction(n, k) {
	for (let x = ONE << N(72); ;) {
		const y = (x * N(k - 1) + (N(n) << N(64 * k)) / x ** N(k - 1)) / N(k);
		if (y >= x) return low(64, x);
		x = y;
	}
}
const primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every(p => n % p)) primes.push(n);
const K512 = primes.map(p => fraction(p, 3)), IV512 = primes.slice(0, 8).map(p => fraction(p, 2));
const upper = list => Int32Array.from(list, x => Number(x >> N(32))), K256 = upper(K512), W = new Int32Array(68);

const rol = (x, n) => x << n | x >>> 32 - n, most = (a, b, c) => a & b | a & c | b & c;

// Each rounds function makes of a state and the block in W what is mixed into the state.
function sha256Rounds(s) {
	for (let t = 16; t < 64; t++) {
		const x = W[t - 15], y = W[t - 2];
		W[t] = (rol(x, 25) ^ rol(x, 14) ^ x >>> 3) + W[t - 7] + (rol(y, 15) ^ rol(y, 13) ^ y >>> 10) + W[t - 16];
	}
	let [a, b, c, d, e, f, g, h] = s;
	for (let t = 0; t < 64; t++) {
		const x = h + (rol(e, 26) ^ rol(e, 21) ^ rol(e, 7)) + (e & f ^ ~e & g) + K256[t] + W[t];
		const y = (rol(a, 30) ^ rol(a, 19) ^ rol(a, 10)) + most(a, b, c);
		h = g; g = f; f = e; e = d + x | 0; d = c; c = b; b = a; a = x + y | 0;
	}
	return [a, b, c, d, e, f, g, h];
}

function sm3Rounds(s) {
	for (let t = 16; t < 68; t++) {
		const x = W[t - 16] ^ W[t - 9] ^ rol(W[t - 3], 15);
		W[t] = x ^ rol(x, 15) ^ rol(x, 23) ^ rol(W[t - 13], 7) ^ W[t - 6];
	}
	let [a, b, c, d, e, f, g, h] = s;
	for (let t = 0; t < 64; t++) {
		const first = t < 16, r = rol(a, 12), ss = rol(r + e + rol(first ? 0x79cc4519 : 0x7a879d8a, t % 32) | 0, 7);
		const x = (first ? a ^ b ^ c : most(a, b, c)) + d + (ss ^ r) + (W[t] ^ W[t + 4]) | 0;
		const y = (first ? e ^ f ^ g : e & f | ~e & g) + h + ss + W[t] | 0;
		d = c; c = rol(b, 9); b = a; a = x; h = g; g = rol(f, 19); f = e; e = y ^ rol(y, 9) ^ rol(y, 17);
	}
	return [a, b, c, d, e, f, g, h];
}

// hashing makes the hash, HMAC (RFC 2104) and the hashes of a tree (RFC 6962).
function hashing(iv, rounds, mix) {
	function block(s, m, at) {
		for (let t = 0; t < 16; t++, at += 4) W[t] = m[at] << 24 | m[at + 1] << 16 | m[at + 2] << 8 | m[at + 3];
		rounds(s).forEach((x, i) => { s[i] = mix(s[i], x); });
	}
	// finish takes in m and the padding; the state has seen `before` bytes.
	function finish(state, m, before) {
		const s = state.slice(), n = m.length, all = new Uint8Array((n + 72 >> 6) << 6), view = new DataView(all.buffer);
		all.set(m);
		all[n] = 128;
		view.setUint32(all.length - 8, (before + n) / 2 ** 29);
		view.setUint32(all.length - 4, (before + n) * 8);
		for (let at = 0; at < all.length; at += 64) block(s, all, at);
		s.forEach((x, i) => view.setInt32(4 * i, x));
		return all.slice(0, 32);
	}
	const hash = m => finish(iv, m, 0);
	function hmac(key) {
		const [inner, outer] = [0x36, 0x5c].map(pad => {
			const s = iv.slice();
			block(s, range(64, i => key[i] ^ pad), 0);
			return s;
		});
		return m => finish(outer, finish(inner, m, 64), 64);
	}
	return {hash, hmac, leaf: m => hash(join([0], m)), node: (l, r) => hash(join([1], l, r))};
}

const sha256 = hashing(upper(IV512), sha256Rounds, (x, y) => x + y);
const sm3 = hashing(Int32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
	0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e), sm3Rounds, (x, y) => x ^ y);

function sha512(m) {
	const ror = (x, n) => low(64, x >> N(n) | x << N(64 - n)), word = x => x.toString(16).padStart(16, "0");
	const all = hex(m) + "80".padEnd((239 - m.length % 128) % 128 * 2 + 2, "0") + word(m.length * 8).padStart(32, "0");
	let s = IV512;
	for (const block of all.match(/.{256}/g)) {
		const w = block.match(/.{16}/g).map(x => N("0x" + x));
		let [a, b, c, d, e, f, g, h] = s;
		for (let t = 0; t < 80; t++) {
			if (t > 15) {
				const x = w[t - 15], y = w[t - 2];
				w[t] = low(64, (ror(x, 1) ^ ror(x, 8) ^ x >> N(7)) + w[t - 7] + (ror(y, 19) ^ ror(y, 61) ^ y >> N(6)) + w[t - 16]);
			}
			const x = h + (ror(e, 14) ^ ror(e, 18) ^ ror(e, 41)) + (e & f ^ ~e & g) + K512[t] + w[t];
			const y = (ror(a, 28) ^ ror(a, 34) ^ ror(a, 39)) + most(a, b, c);
			h = g; g = f; f = e; e = low(64, d + x); d = c; c = b; b = a; a = low(64, x + y);
		}
		s = [a, b, c, d, e, f, g, h].map((x, i) => low(64, x + s[i]));
	}
	return unhex(s.map(word).join(""));
}

// ---- Ed25519 (RFC 8032), points as [X, Y, Z, T]

const P = (ONE << N(255)) - N(19), L = (ONE << N(252)) + N("27742317777372353535851937790883648493");
const mod = x => (x % P + P) % P, number = b => N("0x" + hex(b.slice().reverse()));

// repeat does an operation n times: x to the power n, or n times the point x.
const repeat = (n, x, join, out) => { for (; n; n >>= ONE, x = join(x, x)) if (n & ONE) out = join(out, x); return out; };
const power = (x, n) => repeat(n, x, (a, b) => mod(a * b), ONE), inverse = x => power(x, P - TWO), D = mod(N(-121665) * inverse(N(121666)));

function point(b) {
	const n = number(b), odd = n >> N(255), y = low(255, n), xx = mod((y * y - ONE) * inverse(D * y * y + ONE));
	let x = power(xx, P + N(3) >> N(3));
	if (mod(x * x) !== xx) x = mod(x * power(TWO, P >> TWO));
	must(y < P && mod(x * x) === xx && (x || !odd), "Ed25519");
	if ((x & ONE) !== odd) x = P - x;
	return [x, y, ONE, x * y];
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
	const a = (y1 - x1) * (y2 - x2), b = (y1 + x1) * (y2 + x2), c = TWO * t1 * t2 * D, d = TWO * z1 * z2;
	const e = b - a, f = d - c, g = d + c, h = b + a;
	return [e * f, g * h, f * g, e * h].map(mod);
}

const times = (n, p) => repeat(n, p, add, [ZERO, ONE, ONE, ZERO]);

// signed: s·B − k·A is R, byte by byte.
function signed(key, message, signature) {
	const r = signature.slice(0, 32), s = number(signature.slice(32)), k = number(sha512(join(r, key, message))) % L;
	const [x, y, z, t] = point(key), base = point(new Uint8Array(32).fill(0x66).fill(0x58, 0, 1));
	const [u, v, w] = add(times(s, base), times(k, [-x, y, z, -t])), i = inverse(w);
	return s < L && (mod(v * i) | (mod(u * i) & ONE) << N(255)) === number(r);
}

// ---- Canonical JSON (RFC 8785)

function canonical(v) {
	if (typeof v === "string" && !/[\ud800-\udfff]/u.test(v)) return JSON.stringify(v);
	if (typeof v === "boolean" || Number.isSafeInteger(v)) return String(v);
	if (Array.isArray(v)) return `[${v.map(canonical)}]`;
	must(v && typeof v === "object", "JSON");
	return `{${Object.keys(v).sort().map(k => canonical(k) + ":" + canonical(v[k]))}}`;
}

function parse(c, name) {
	const v = JSON.parse(text(c.files[name]));
	must(v && typeof v === "object" && !Array.isArray(v), name);
	return v;
}

function strict(c, name) {
	const v = parse(c, name);
	must(canonical(v) === text(c.files[name]), name, "not canonical");
	return v;
}

// ---- Container

const FIRMS = "suiji/targets/1", MATCH = "suiji/match/1";
const listsOf = scheme => scheme === FIRMS ? ["targets", "excluded"] : ["targets", "officers", "recusals"];
const BEACON = "beacon.json", filesOf = (scheme, names) => ["manifest.json", ...listsOf(scheme).map(l => l + ".tsv"), "reveal.json",
	...names.filter(n => n === BEACON), "result.json", "ledger.json"];

function crc32(data) {
	let c = -1;
	for (let i = 0; i < data.length; i++) {
		c ^= data[i];
		for (let k = 0; k < 8; k++) c = c >>> 1 ^ (c & 1 && 0xedb88320);
	}
	return ~c;
}

// zip writes the one form that is allowed.
function zip(names, files) {
	const le = (n, size) => hex(range(size, i => n >> 8 * i & 255)), local = [], central = [];
	let at = 0;
	for (const name of names) {
		const data = files[name], n = bytes(name), size = le(data.length, 4);
		const both = "14000000000000002100" + le(crc32(data), 4) + size + size + le(n.length, 2) + "0000";
		local.push(unhex("504b0304" + both), n, data);
		central.push(unhex("504b01021400" + both + "00".repeat(10) + le(at, 4)), n);
		at += 30 + n.length + data.length;
	}
	const dir = join(...central), count = le(names.length, 2);
	return join(...local, dir, unhex("504b050600000000" + count + count + le(dir.length, 4) + le(at, 4) + "0000"));
}

function container(c) {
	const data = c.zip, view = new DataView(data.buffer, data.byteOffset), names = [];
	let at = 0, scheme, i = 0;
	while (at + 30 <= data.length && view.getUint32(at, true) === 0x04034b50) {
		const from = at + 30 + view.getUint16(at + 26, true), name = String.fromCharCode(...data.slice(at + 30, from));
		at = from + view.getUint32(at + 18, true);
		c.files[name] = data.subarray(from, at);
		names.push(name);
	}
	// A manifest that cannot be read is the next step's finding.
	try { scheme = parse(c, "manifest.json").scheme; } catch (e) {}
	const [own, other] = names.includes("excluded.tsv") ? [FIRMS, MATCH] : [MATCH, FIRMS];
	must(`${filesOf(own, names)}` === `${names}` && scheme !== other, `zip ${names}`, "not the files of a bundle");
	const anew = zip(names, c.files);
	while (i < data.length && data[i] === anew[i]) i++;
	must(i === data.length && i === anew.length, "zip @" + i, "byte differs");
	return `文件 files ${names.length}，字节 bytes ${i}`;
}

// ---- Manifest

const is = (re, x) => typeof x === "string" && re.test(x), whole = (x, from) => Number.isSafeInteger(x) && x >= from;
const ID = /^[0-9A-Za-z._-]{1,40}$/, HASH = /^[0-9a-f]{64}$/, ANY = /[^]/;
const each = (list, form) => Array.isArray(list) && list.every(form) && new Set(list.map(x => x.name)).size === list.length;

// moment: a time that the calendar has comes back as it was written.
const moment = s => is(/^(?!0000)\d{4}-/, s) && new Date(s).toJSON() === s.replace("Z", ".000Z");

const source = s => is(ID, s.name) && (s.kind === "committed" ? is(/^(bureau|witness)$/, s.by) && is(HASH, s.commitment)
	: s.kind === "public" ? typeof s.how === "string" : s.kind === "drand" && is(ANY, s.chain) && whole(s.round, 1));

function manifest(c) {
	const m = c.m = strict(c, "manifest.json"), {attempt = 1, disclosure = "digest-first", disclose_by: day = "2000-01-01", teams = 0} = m;
	const ok = (member, holds) => must(holds, "manifest.json " + member);
	ok("scheme", m.scheme === FIRMS || m.scheme === MATCH);
	ok("hash", is(/^(sha256|sm3)$/, m.hash));
	ok("id", is(ANY, m.id));
	ok("attempt", whole(attempt, 1));
	ok("previous", attempt > 1 ? is(HASH, m.previous) : !("previous" in m));
	ok("disclosure", is(/^(at-once|digest-first|after-check)$/, disclosure));
	ok("disclose_by", moment(day + "T00:00:00Z"));
	ok("seed", each(m.seed, source) && m.seed.length);
	ok("bureau", disclosure === "at-once" || m.seed.some(s => s.by === "bureau" && s.kind === "committed"));
	for (const l of listsOf(m.scheme)) ok(l, m[l] && whole(m[l].count, 0) && is(HASH, m[l].root));
	if (m.scheme === FIRMS) {
		ok("strata", each(m.strata, s => is(ANY, s.name) && whole(s.draw, 0) && whole(s.reserve, 0)));
	} else {
		ok("slots", each(m.slots, s => is(ID, s.name) && whole(s.size, 2)));
		ok("mode", is(/^(each|teams)$/, m.mode));
		ok("teams", whole(teams, m.mode === "teams" ? 1 : 0));
		ok("reserve", whole(m.reserve, 0));
	}
	c.h = m.hash === "sm3" ? sm3 : sha256;
	return `${m.id} ${m.scheme} ${m.hash}`;
}

// ---- Lists

// read checks a list's form, count and root, and gives take the fields of each line.
async function read(c, list, width, take) {
	const name = list + ".tsv", data = c.files[name], lines = text(data).split("\n"), stack = [], {count, root} = c.m[list];
	const fold = () => stack.push(c.h.node(...stack.splice(-2)));
	must(lines.pop() === "", name, "last line has no LF");
	let at = 0, last = "", i = 0;
	for (const line of lines) {
		await c.pause(i, lines.length);
		const where = `${name}:${++i}`, f = line.split("\t"), key = list === "recusals" ? line : f[0];
		must(f.length === width && ID.test(f[0]), where);
		must(key > last, where, "repeated or out of order");
		last = key;
		take(f, i, where);
		const end = data.indexOf(10, at);
		stack.push(c.h.leaf(data.subarray(at, end)));
		at = end + 1;
		for (let n = i; n % 2 === 0; n /= 2) fold();
	}
	while (stack.length > 1) fold();
	const sum = hex(stack[0] || c.h.hash([]));
	must(i === count, `${name} ${i} ≠ ${count}`, "not the sealed count");
	must(sum === root, `${name} ${sum} ≠ ${root}`, "not the sealed root");
}

async function lists(c) {
	await (c.m.scheme === FIRMS ? firmLists : matchLists)(c);
	return listsOf(c.m.scheme).map(l => l + " " + c.m[l].count).join("，");
}

async function firmLists(c) {
	const {strata} = c.m;
	c.strata = new Map(strata.map(s => [s.name, []]));
	await read(c, "targets", 3, ([id, stratum, tickets], line, where) => {
		must(c.strata.has(stratum), where, "stratum without a quota");
		must(/^([1-9]\d{0,2}|1000)$/.test(tickets), where);
		c.firms.set(id, {id, line, stratum, tickets});
		c.strata.get(stratum).push(id);
	});
	await read(c, "excluded", 2, ([id, reason], line, where) => {
		must(/^[0-9a-z-]+$/.test(reason), where);
		must(!c.firms.has(id), where, "in both lists");
		c.excluded.set(id, {line, reason, fate: "excluded"});
	});
	for (const s of strata) must(s.draw <= c.strata.get(s.name).length, s.name, "quota beyond the stratum");
}

async function matchLists(c) {
	const m = c.m, able = c.able = new Map(m.slots.map(s => [s.name, new Set()]));
	const slots = (field, where) => {
		const list = field.split(",");
		must(list.every(s => able.has(s)) && new Set(list).size === list.length, where);
		return list;
	};
	await read(c, "targets", 2, ([id, field], line, where) => {
		c.firms.set(id, {id, line, slots: slots(field, where), barred: new Set(), busy: new Set(), teams: [], fate: "matched"});
	});
	await read(c, "officers", 2, ([id, field], _, where) => slots(field, where).forEach(s => able.get(s).add(id)));
	await read(c, "recusals", 2, ([officer, id], _, where) => {
		must(ID.test(id), where);
		if (c.firms.has(id)) c.firms.get(id).barred.add(officer);
	});
	for (const f of c.firms.values()) {
		const need = m.slots.filter(s => f.slots.includes(s.name));
		need.forEach(({name, size}, i) => {
			const who = able.get(name), barred = [...f.barred].filter(o => who.has(o)).length;
			const taken = need.slice(0, i).reduce((n, e) => [...able.get(e.name)].some(o => who.has(o)) ? n + e.size : n, 0);
			must(m.mode === "each" ? who.size - barred - taken >= size : m.teams * size <= who.size && m.teams > barred + taken,
				`targets.tsv:${f.line} ${name}`, "too few officers");
		});
	}
}

// ---- Seed

// values reads a file that has one value for each of the sources.
function values(c, name, sources) {
	must(!sources[0] === !c.files[name], name);
	const v = sources[0] ? strict(c, name) : {};
	must(has(v, `${sources.map(s => s.name).sort()}`), name, "not the manifest's sources");
	return v;
}

function commitments(c) {
	const reveal = c.reveal = values(c, "reveal.json", c.m.seed);
	for (const {name, kind, commitment} of c.m.seed) {
		const value = reveal[name];
		must(is(kind === "public" ? /^[0-9A-Za-z.,_-]{1,200}$/ : HASH, value), "reveal.json " + name);
		must(kind !== "committed" || hex(c.h.hash(bytes(`suiji/commit/1\n${name}\n${value}\n`))) === commitment, name, "not what was committed");
	}
	return Object.keys(reveal).join("，");
}

// beacon: each value is the hash of a signature. The signature takes a pairing, and that is not done here.
function beacon(c) {
	const drand = c.m.seed.filter(s => s.kind === "drand"), signed = values(c, BEACON, drand);
	for (const [name, s] of Object.entries(signed)) {
		must(is(/^[0-9a-f]{96}$/, s) && hex(sha256.hash(unhex(s))) === c.reveal[name], name, "not the signature's hash");
	}
	return c.unsigned = drand[0] ? "signature not checked" : "";
}

function derive(c) {
	const salt = c.h.hash(bytes(canonical(c.m))), lines = c.m.seed.map(s => `${s.name} ${c.reveal[s.name]}\n`);
	const k = c.h.hmac(salt)(bytes("suiji/seed/1\n" + lines.join(""))), mac = c.h.hmac(k);
	c.lot = (...parts) => hex(mac(bytes(parts.join(":") + "\x01")));
	return c.seed = hex(k);
}

function seed(c) {
	const own = derive(c), given = parse(c, "result.json").seed;
	must(given === own, `${given} ≠ ${own}`, "seed differs");
	return own;
}

// ---- Outcome

// byLot sorts by lot, then identifier; a lot has 64 digits.
const byLot = (list, lot) => list.map(x => lot(x) + " " + x).sort().map(s => s.slice(65));

async function drawFirms(c) {
	for (const f of c.firms.values()) {
		await c.pause(f.line, c.firms.size);
		f.value = range(+f.tickets, j => c.lot("target", f.id, j + 1)).sort()[0];
	}
	return {strata: c.m.strata.map(({name, draw, reserve}) => {
		const row = byLot(c.strata.get(name), id => c.firms.get(id).value), last = draw + reserve;
		row.forEach((id, i) => Object.assign(c.firms.get(id), {rank: i + 1, fate: i < draw ? "drawn" : i < last ? "reserve" : "passed"}));
		return {name, drawn: row.slice(0, draw), reserves: row.slice(draw, last)};
	})};
}

async function matchOfficers(c) {
	const firms = byLot([...c.firms.keys()], id => c.lot("order", id)).map(id => c.firms.get(id));
	for (const slot of c.m.slots) await deal(c, slot, firms.filter(f => f.slots.includes(slot.name)));
	for (const f of firms) {
		await c.pause(f.line, firms.length);
		for (const t of f.teams) {
			const free = [...c.able.get(t.slot)].filter(o => !f.barred.has(o) && !f.busy.has(o));
			t.reserves = byLot(free, o => c.lot("reserve", t.slot, f.id, o)).slice(0, c.m.reserve);
		}
	}
	return {matches: firms.map(f => ({target: f.id, teams: f.teams}))};
}

// deal gives the firms that need a slot its officers. A card of the deck is an officer, or a team.
async function deal(c, {name, size}, firms) {
	const teams = c.m.mode === "teams", who = [...c.able.get(name)], cards = new Map(who.map(o => [o, [o]])), deck = [];
	if (teams && firms.length) {
		cards.clear();
		const row = byLot(who, o => c.lot("deal", name, 1, o));
		for (let t = 1; t <= c.m.teams; t++) cards.set(`${t}`, row.splice(0, size));
	}
	let lap = 0;
	for (const f of firms) {
		await c.pause(f.line, firms.length);
		const officers = [], fits = card => cards.get(card).every(o => !f.barred.has(o) && !f.busy.has(o));
		while (officers.length < size) {
			if (!deck.some(fits)) {
				lap++;
				deck.push(...byLot([...cards.keys()], card => c.lot(teams ? "team" : "deal", name, lap, card)));
			}
			const at = deck.findIndex(fits);
			must(at >= 0, f.id, "too few officers");
			officers.push(...cards.get(deck.splice(at, 1)[0]));
			officers.forEach(o => f.busy.add(o));
		}
		f.teams.push({slot: name, officers});
	}
}

const workOut = async c => ({scheme: c.m.scheme, id: c.m.id, seed: c.seed, ...await (c.strata ? drawFirms : matchOfficers)(c)});

// difference names the first place where theirs is not ours: "where theirs ≠ ours", or nothing.
function difference(ours, theirs, where) {
	if (ours === theirs) return "";
	if (![ours, theirs].every(x => x && typeof x === "object")) return `${where} ${JSON.stringify(theirs)} ≠ ${JSON.stringify(ours)}`;
	for (const k of Object.keys({...ours, ...theirs})) {
		const d = difference(ours[k], theirs[k], where + (Array.isArray(ours) ? "#" + (+k + 1) : " " + k));
		if (d) return d;
	}
	return "";
}

async function outcome(c) {
	const ours = await workOut(c), name = "result.json";
	must(canonical(ours) === text(c.files[name]), difference(ours, parse(c, name), name) || name, "outcome differs");
	return ours.matches ? `户 firms ${ours.matches.length}` : ours.strata.map(s => `${s.name} ${s.drawn.length}`).join("，");
}

// ---- Ledger

const has = (x, members) => x && `${Object.keys(x).sort()}` === members;

// checkpoint returns size and root of the tree that was signed.
function checkpoint(c, l) {
	const key = is(ANY, l.key) && l.key.match(/^(suiji\/[\w.-]{1,40})\+([0-9a-f]{8})\+(.{44})$/), where = "ledger.json checkpoint";
	const note = is(ANY, l.checkpoint) && l.checkpoint.match(/^((.+)\n(0|[1-9]\d{0,15})\n(.{44})\n)\n— (.+) (.{92})\n$/);
	must(key && note, where);
	const [, name, id, code] = key, [, body, origin, size, root, signer, mark] = note, pub = unbase64(code, 33), sig = unbase64(mark, 68);
	must(pub[0] === 1 && hex(sha256.hash(join(bytes(name + "\n"), pub)).slice(0, 4)) === id, "ledger.json key");
	must(!c.key || c.key === l.key, "ledger.json key", "not the trusted key");
	must(origin === name && signer === name && hex(sig.slice(0, 4)) === id && signed(pub.slice(1), bytes(body), sig.slice(4)),
		where, "signature does not verify");
	return {size: +size, root: hex(unbase64(root, 32))};
}

// climb returns the root of a tree of that size above a leaf (RFC 6962, 2.1.1).
function climb(leaf, index, size, path) {
	if (size === 1) return leaf;
	let left = 1;
	while (left * 2 < size) left *= 2;
	must(path.length, "ledger.json", "not in the signed tree");
	const other = unhex(path.pop());
	return index < left ? sha256.node(climb(leaf, index, left, path), other) : sha256.node(other, climb(leaf, index - left, size - left, path));
}

// acts are what the ledger must say of the draw: type and data of each entry.
function acts(c) {
	const digest = x => hex(c.h.hash(x)), file = name => digest(c.files[name + ".json"]);
	const rolls = c.m.seed.filter(s => s.kind === "public").map(({name: source}) => {
		const value = c.reveal[source];
		return ["round.rolled", c.m.disclosure === "at-once" ? {source, value} : {source, digest: digest(bytes(value))}];
	});
	return [["round.sealed", {manifest: file("manifest")}], ...rolls,
		["round.drawn", {seed: digest(bytes(c.seed)), reveal: file("reveal"), result: file("result")}]];
}

function proofs(c) {
	const l = c.ledger = strict(c, "ledger.json"), want = acts(c);
	must(has(l, "checkpoint,entries,key") && Array.isArray(l.entries), "ledger.json");
	const tree = checkpoint(c, l);
	must(l.entries.length === want.length, `ledger.json ${l.entries.length} ≠ ${want.length}`, "number of entries");
	l.entries.forEach((e, i) => {
		const where = "ledger.json #" + (i + 1), [type, data] = want[i], {index, entry, proof} = e;
		must(has(e, "entry,index,proof") && whole(index, 0) && Array.isArray(proof) && proof.every(p => is(HASH, p)) && moment(entry.at), where);
		must(canonical({v: 1, type, at: entry.at, subject: c.m.id, data}) === canonical(entry), where, "entry does not fit the files");
		const path = proof.slice(), root = index < tree.size && climb(sha256.leaf(bytes(canonical(entry))), index, tree.size, path);
		must(root && hex(root) === tree.root && !path.length, where, "not in the signed tree");
	});
	c.trusted = l.key;
	return `账本 tree ${tree.size}，密钥指纹 key hash ${l.key.split("+")[1]}`;
}

function order(c) {
	return c.ledger.entries.map(({index, entry}, i, all) => {
		must(!i || index > all[i - 1].index && entry.at >= all[i - 1].entry.at, "ledger.json #" + (i + 1), "before the entry it follows");
		return `#${index} ${entry.at}`;
	}).join(" → ");
}

// ---- The check

const STEPS = [container, manifest, lists, commitments, beacon, seed, outcome, proofs, order];

async function check(data, {key, onstep, onwork} = {}) {
	let last = Date.now(), ok = true, detail;
	// pause lets the page live.
	const steps = [], pause = (done, total) => Date.now() - last < 50 ? 0 : new Promise(go => {
		if (onwork) onwork(done, total);
		setTimeout(() => { last = Date.now(); go(); });
	});
	const c = {zip: data, key, pause, files: {}, firms: new Map(), excluded: new Map()};
	for (const step of STEPS) {
		try { detail = await step(c); } catch (e) { ok = false; detail = e.message; }
		steps.push({step: step.name, ok, detail});
		if (onstep) onstep(steps[steps.length - 1]);
		if (!ok) break;
	}
	const {id = "", scheme = ""} = c.m || {};
	return {ok, id, scheme, key: c.trusted || "", steps, state: c};
}
