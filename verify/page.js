// The page around core.js. Its words stand in the HTML: dl#v-words translates what core.js says.
"use strict";

const part = id => document.getElementById("v-" + id), on = (id, event, act) => part(id).addEventListener(event, act);
const {bundle, key = ""} = (document.querySelector("[data-bundle]") || document.body).dataset;
const words = [...part("words").children].map(x => x.textContent);
const zh = word => words.includes(word) ? `${words[words.indexOf(word) + 1]} ${word}` : word;
const calls = () => performance.getEntriesByType("resource").length;
let data, good; // the bundle in hand; the state of the last one that passed

// A part without tone is hidden.
function show(id, words = "", tone = "") {
	part(id).lastElementChild.textContent = words;
	part(id).className = tone;
}

function clear() {
	for (const id of ["verdict", "is", "should", ...STEPS.map(s => "step-" + s.name)]) show(id);
	part("after").hidden = part("found").hidden = true;
}

function load(name, buffer) {
	data = new Uint8Array(buffer);
	part("file").textContent = `${name}　${data.length} B`;
	part("start").disabled = false;
	clear();
}

// run checks a bundle step by step, before the visitor's eyes.
async function run(zip) {
	const from = Date.now(), before = calls();
	clear();
	part("box").disabled = true;
	const {ok, steps, state} = await check(zip, {
		key: part("key").value.trim(),
		onstep: ({step, ok, detail}) => show("step-" + step, ok ? zh(detail) : detail.replace(/[^:]+/, zh), ok ? "ok" : "bad"),
	});
	const last = part("step-" + steps[steps.length - 1].step).firstElementChild.textContent;
	show("verdict", `${ok ? zh(state.unsigned || "all hold") : zh("does not hold") + "：" + last}　${(Date.now() - from) / 1000} s　` +
		`${zh("network requests")} ${calls() - before}`, ok ? "ok" : "bad");
	if (ok) good = state;
	// The first row that departs from this draw's bundle that passed, or that the check itself has named.
	const [where, is, should] = good && good.m.id === state.m.id && difference(rows(good.files), rows(state.files), "") || state.row || [];
	if (should !== undefined) {
		show("is", `${where}　${is}`, "bad");
		show("should", should, "ok");
	}
	part("box").disabled = false;
	part("after").hidden = !ok;
}

on("start", "click", () => run(data));

// Where does a firm stand?
on("find", "submit", e => {
	e.preventDefault();
	const f = good.firms.get(part("code").value.trim().toUpperCase()) || {fate: good.m.strata ? "absent" : "unmatched"};
	for (const dd of part("found").querySelectorAll("dd")) {
		const {of, zh: translate} = dd.dataset, value = f[of];
		dd.parentNode.hidden = !value;
		dd.textContent = of === "teams" && value ? value.map(t => `${t.slot}: ${t.officers} (${t.reserves})`).join("; ") : translate ? zh(value) : value;
	}
	part("found").hidden = false;
});

// Change one letter of the list, in a copy in memory, and check the copy.
on("change", "click", async () => {
	const name = "targets.tsv", lines = text(good.files[name]).split("\n"), n = lines.length - 1 >> 1;
	lines[n] = lines[n].replace(/.\t/, x => (x[0] === "0" ? 1 : 0) + "\t");
	await run(zip(Object.keys(good.files), {...good.files, [name]: bytes(lines.join("\n"))}));
	part("after").hidden = false;
});

async function take(file) {
	part("start").disabled = true;
	load(file.name, await file.arrayBuffer());
}

on("pick", "change", e => take(e.target.files[0]));
document.ondragover = e => e.preventDefault();
document.ondrop = e => { e.preventDefault(); take(e.dataTransfer.files[0]); };
if (bundle) fetch(bundle).then(r => r.ok ? r.arrayBuffer() : Promise.reject(r.status)).then(b => load(bundle, b))
	.catch(e => show("verdict", `${bundle}: ${e}`, "bad"));
part("key").value = key;
part("box").hidden = false;
