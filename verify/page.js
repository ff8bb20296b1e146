// The page around core.js, whose words dl#v-words translates
"use strict";

const part = id => document.getElementById("v-" + id);
const {bundle, key = ""} = (document.querySelector("[data-bundle]") || document.body).dataset;
const words = [...part("words").children].map(x => x.textContent);
const zh = word => words.includes(word) ? `${words[words.indexOf(word) + 1]} ${word}` : word;
const calls = () => performance.getEntriesByType("resource").length;
let data, good; // the bundle in hand; what the last one held that passed

function show(id, words, ok) {
	part(id).lastElementChild.textContent = words;
	part(id).className = ok ? "ok" : ok === false ? "bad" : "busy";
}

function clear() {
	for (const x of part("box").querySelectorAll("[class=ok], [class=bad]")) x.className = "";
	part("after").hidden = part("found").hidden = true;
}

async function load(name, buffer) {
	part("start").disabled = true;
	data = new Uint8Array(await buffer);
	part("file").textContent = `${name}　${data.length} B`;
	part("start").disabled = false;
	clear();
}

async function run(zip) {
	const from = Date.now(), before = calls();
	let last;
	clear();
	part("box").disabled = true;
	const ok = await check(zip, (step, detail, ok) => show(last = "step-" + step, detail.replace(/[^:]+/, zh), ok), part("key").value.trim());
	show("verdict", `${ok ? zh(unsigned || "all hold") : zh("does not hold") + "：" + part(last).firstElementChild.textContent}　` +
		`${(Date.now() - from) / 1000} s　${zh("network requests")} ${calls() - before}`, ok);
	if (ok) good = {files, m, firms};
	// The first row unlike that draw's last good bundle, or the one that the check has named
	const [where, is, should] = good && good.m.id === m.id && difference(good.files, files, "") || row || [];
	if (should !== undefined) {
		show("is", `${where}　${is}`, false);
		show("should", should, true);
	}
	part("box").disabled = false;
	part("after").hidden = !ok;
}

part("start").onclick = () => run(data);

part("find").onsubmit = e => {
	e.preventDefault();
	const f = good.firms.get(part("code").value.trim().toUpperCase()) || {fate: good.m.strata ? "absent" : "unmatched"};
	for (const dd of part("found").querySelectorAll("dd")) {
		const value = f[dd.dataset.of];
		dd.parentNode.hidden = !value;
		dd.textContent = [].concat(value).map(t => t && t.slot ? `${t.slot}: ${t.officers} (${t.reserves})` : zh(t)).join("; ");
	}
	part("found").hidden = false;
};

part("change").onclick = async () => {
	const name = "targets.tsv", lines = text(good.files[name]).split("\n"), n = lines.length - 1 >> 1;
	lines[n] = lines[n].replace(/.\t/, x => (x[0] === "0" ? 1 : 0) + "\t");
	await run(zip(Object.keys(good.files), {...good.files, [name]: bytes(lines.join("\n"))}));
	part("after").hidden = false;
};

const take = file => load(file.name, file.arrayBuffer());
part("pick").onchange = e => take(e.target.files[0]);
document.ondragover = e => e.preventDefault();
document.ondrop = e => { e.preventDefault(); take(e.dataTransfer.files[0]); };
if (bundle) load(bundle, fetch(bundle).then(r => r.ok ? r.arrayBuffer() : Promise.reject(r.status)))
	.catch(e => show("verdict", `${bundle}: ${e}`, false));
part("key").value = key;
part("box").hidden = false;
