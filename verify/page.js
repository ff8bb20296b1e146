// The page around core.js. Its words stand in the HTML; dl#v-words translates what core.js says.
"use strict";
(function () {
	const part = id => document.getElementById("v-" + id), box = part("box"), start = part("start");
	const {bundle, key = ""} = (document.querySelector("[data-bundle]") || box).dataset;
	const calls = () => performance.getEntriesByType("resource").length;
	let data, state;

	function put(id, text, tone) {
		part(id).textContent = text;
		part(id).className = "notice " + tone;
		part(id).hidden = !text;
	}
	const zh = word => { const dt = [...part("words").children].find(x => x.textContent === word); return dt ? `${dt.nextElementSibling.textContent} ${word}` : word; };

	function clear() {
		for (const li of part("steps").children) li.className = li.lastElementChild.textContent = "";
		put("verdict", "");
		put("changed", "");
		part("after").hidden = part("found").hidden = true;
	}

	function loaded(name, buffer) {
		data = new Uint8Array(buffer);
		part("file").textContent = `${name}　${data.length} B`;
		start.disabled = false;
		clear();
	}

	// run checks a bundle step by step, before the visitor's eyes.
	async function run(zip) {
		const from = Date.now(), before = calls();
		let at = 0;
		const line = () => part("step-" + STEPS[at].name);
		const onwork = (done, total) => { line().lastElementChild.textContent = `${done} / ${total}`; };
		const onstep = ({ok, detail}) => {
			const [what, ...where] = detail.split(": ");
			line().className = ok ? "ok" : "bad";
			line().lastElementChild.textContent = ok ? zh(detail) : `${zh(what)}：${where.join(": ")}`;
			if (ok) at++;
		};
		clear();
		start.disabled = true;
		const report = await check(zip, {key: part("key").value.trim(), onwork, onstep});
		start.disabled = false;
		put("verdict", `${report.ok ? zh(report.state.unsigned || "all hold") : `${zh("does not hold")}：${line().firstElementChild.textContent}`}　${(Date.now() - from) / 1000} s　` +
			`${zh("network requests")} ${calls() - before}`, report.ok ? "ok" : "bad");
		return report;
	}

	start.addEventListener("click", async () => {
		const report = await run(data);
		state = report.state;
		part("after").hidden = !report.ok;
	});

	// Where does a firm stand?
	part("find").addEventListener("submit", e => {
		e.preventDefault();
		const id = part("code").value.trim().toUpperCase(), f = state.firms.get(id) || state.excluded.get(id) || {fate: "absent"};
		for (const dd of part("found").querySelectorAll("dd")) {
			const value = f[dd.dataset.of];
			dd.parentNode.hidden = !value;
			dd.textContent = Array.isArray(value) ? value.map(t => `${t.slot}: ${t.officers} (${t.reserves})`).join("; ") : zh(`${value}`);
		}
		part("found").hidden = false;
	});

	// Change one letter of the list, in a copy in memory, and check the copy.
	part("change").addEventListener("click", async () => {
		const name = "targets.tsv", lines = text(state.files[name]).split("\n"), n = lines.length >> 1, old = lines[n];
		lines[n] = old.replace(/.\t/, x => (x[0] === "0" ? 1 : 0) + "\t");
		await run(zip(Object.keys(state.files), {...state.files, [name]: bytes(lines.join("\n"))}));
		put("changed", `${name}:${n + 1}　${old} → ${lines[n]}`);
		part("after").hidden = false;
	});

	const take = file => file.arrayBuffer().then(b => loaded(file.name, b));
	part("pick").addEventListener("change", e => take(e.target.files[0]));
	document.addEventListener("dragover", e => e.preventDefault());
	document.addEventListener("drop", e => { e.preventDefault(); take(e.dataTransfer.files[0]); });
	if (bundle) fetch(bundle).then(r => r.ok ? r.arrayBuffer() : Promise.reject(r.status)).then(b => loaded(bundle, b), e => put("verdict", `${bundle}: ${e}`, "bad"));
	part("key").value = key;
	box.hidden = false;
})();
