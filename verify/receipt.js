// The page around core.js that checks a receipt (C2SP tlog-proof), whose words dl#v-words translates
"use strict";

const part = id => document.getElementById("v-" + id);
const {receipt = "", key = ""} = (document.querySelector("[data-receipt]") || document.body).dataset;
const words = [...part("words").children].map(x => x.textContent);
const zh = word => words.includes(word) ? `${words[words.indexOf(word) + 1]} ${word}` : word;
const MARK = /^— \S+ [A-Za-z0-9+/]+=*$/;
let data = "";

// The lines of a signed note: those of the text, and below them the marks
function sheet(note) {
	const [body, marks = "", ...more] = note.split("\n\n"), lines = marks.split("\n");
	must(!more[0] && lines.pop() === "" && lines[0] && lines.every(l => is(MARK, l)), "checkpoint");
	return {body, lines};
}

// The note with the first mark that bears the key's name and hash alone; others may have signed below
function own(note, key) {
	const {body, lines} = sheet(note), [name, id] = key.split("+");
	const ours = l => l.startsWith(`— ${name} `) && hex(Uint8Array.from(atob(l.split(" ")[2]), x => x.charCodeAt()).slice(0, 4)) === id;
	const line = lines.find(ours);
	must(line, "checkpoint", "wrong key");
	return {note: `${body}\n\n${line}\n`, further: lines.filter(l => !ours(l)).length};
}

// What a receipt says, if it holds under the key
function open(whole, key) {
	const cut = whole.indexOf("\n\n"), [head, extra = "", index = "", ...proof] = whole.slice(0, cut).split("\n");
	must(cut > 0 && head === "c2sp.org/tlog-proof@v1" && is(/^extra /, extra) && is(/^index (0|[1-9]\d{0,15})$/, index), "receipt");
	const raw = atob(extra.slice(6)), leaf = text(Uint8Array.from(raw, x => x.charCodeAt())), entry = JSON.parse(leaf), position = +index.slice(6);
	must(btoa(raw) === extra.slice(6) && json(entry) === leaf && has(entry, "at,data,subject,type,v") && entry.v === 1 && moment(entry.at), "extra");
	const path = proof.map(l => hex(unbase64(l, 32))), {note, further} = own(whole.slice(cut + 2), key);
	ledger = {key, checkpoint: note};
	trusted = key;
	const {id, size, root} = checkpoint();
	must(position < size && climb(sha256.leaf(leaf), position, size, path) === root && !path.length, `#${position}`, "not in tree");
	return {...entry, position, size, id, further};
}

const say = v => Object(v) === v ? json(v) : zh(String(v));

function show(words, ok) {
	part("verdict").firstElementChild.textContent = words;
	part("verdict").className = ok ? "ok" : "bad";
}

function run() {
	let is;
	part("found").hidden = true;
	try {
		must(part("key").value.trim(), "key", "no key");
		is = open(data, part("key").value.trim());
	} catch (e) { return show(`${zh("does not hold")}：${String(e.message).replace(/[^:]+/, zh)}`, false); }
	show(zh("the receipt holds"), true);
	const facts = {...is, data: Object.keys(is.data).map(k => `${zh(k)}: ${say(is.data[k])}`).join("\n")};
	for (const dd of part("found").querySelectorAll("dd")) dd.textContent = zh(String(facts[dd.dataset.of]));
	part("found").hidden = false;
}

// A receipt is text of a few thousand bytes: whatever is much larger is none
async function load(name, blob) {
	data = blob.size < 1e6 ? await new Response(blob).text() : "";
	part("file").textContent = `${name}　${blob.size} B`;
	part("start").disabled = false;
	if (part("key").value) run();
}

const take = file => file && load(file.name, file);
part("start").onclick = run;
part("pick").onchange = e => take(e.target.files[0]);
document.ondragover = e => e.preventDefault();
document.ondrop = e => { e.preventDefault(); take(e.dataTransfer.files[0]); };
part("key").value = key;
part("box").hidden = false;
if (receipt) fetch(receipt).then(r => r.ok ? r.blob() : Promise.reject(r.status)).then(b => load(receipt, b))
	.catch(e => show(`${receipt}: ${e}`, false));
