// The inspector's telephone. Everything that is filled in is kept in IndexedDB
// at once; what is submitted goes into an outbox, each record under an id made
// here, and is sent until the office has answered. Pages are those of the
// server: where a service worker is allowed it serves the task pack without
// signal, elsewhere this script does, as long as the page stays open. Hashes
// come from core.js, the verifier's.
document.addEventListener('DOMContentLoaded', () => {
  'use strict';
  const $ = (q, in_) => (in_ || document).querySelector(q);
  const $$ = (q, in_) => Array.from((in_ || document).querySelectorAll(q));
  const who = document.body.dataset.who;
  if (!who || !window.indexedDB || typeof sha256 === 'undefined') { return; }
  document.documentElement.classList.add('has-js');
  const WEEK = 7 * 24 * 3600 * 1000, CACHE = 'suiji-field', PART = 128 * 1024;
  const secure = 'serviceWorker' in navigator && window.isSecureContext;

  // ---- The store

  const opened = new Promise((ok, no) => {
    const q = indexedDB.open('suiji-field-' + who, 1);
    q.onupgradeneeded = () => {
      [['drafts', 'form'], ['outbox', 'id'], ['photos', 'key'], ['pages', 'path'], ['facts', 'name']]
        .forEach(x => q.result.createObjectStore(x[0], {keyPath: x[1]}));
    };
    q.onsuccess = () => ok(q.result);
    q.onerror = () => no(q.error);
  });
  function inStore(store, mode, fn) {
    return opened.then(db => new Promise((ok, no) => {
      const t = db.transaction(store, mode, {durability: store === 'drafts' ? 'default' : 'strict'}), q = fn(t.objectStore(store)); // what was submitted outlives an empty battery
      t.oncomplete = () => ok(q.result);
      t.onerror = t.onabort = () => no(t.error || q.error);
    }));
  }
  const get = (store, key) => inStore(store, 'readonly', o => o.get(key));
  const all = store => inStore(store, 'readonly', o => o.getAll());
  const put = (store, value) => inStore(store, 'readwrite', o => o.put(value));
  const drop = (store, key) => inStore(store, 'readwrite', o => o.delete(key));
  const fact = name => get('facts', name).then(x => x && x.value);
  const setFact = (name, value) => put('facts', {name, value});

  function newID() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    return 'p-' + hex(b);
  }
  const clock = ms => { const d = new Date(ms), n = x => ('0' + x).slice(-2); return n(d.getHours()) + ':' + n(d.getMinutes()); };
  const flat = s => String(s || '').split(/[ \t\r\n]+/).filter(x => x).join(' ');

  // ---- The strip: what is not yet with the office is always to be seen

  let online = null, signedOut = false, full = '';
  async function unsent() {
    const shots = await all('photos'), box = (await all('outbox')).filter(x => x.state === 'waiting'), photos = shots.filter(x => !x.sent);
    const open = (await all('outbox')).filter(x => x.state === 'stale' || x.state === 'clash' || x.state === 'refused');
    return {box, photos, open, whole: shots.filter(x => x.file), n: box.length + photos.length};
  }
  async function strip() {
    const u = await unsent(), last = await fact('synced'), s = $('#strip');
    const words = [online === false ? '离线' : '在线', u.n ? u.n + ' 条未上传' : u.whole.length ? u.whole.length + ' 张原片未上传' : '全部已上传'];
    if (u.open.length) { words.push(u.open.length + ' 条要处理'); }
    words.push(last ? '最后同步 ' + clock(last) : '还没有同步');
    words.push(secure ? '可离线打开' : '仅草稿离线，请勿关闭页面');
    s.textContent = full || words.join(' · ');
    if (signedOut) {
      const a = document.createElement('a');
      a.href = '/w/login?next=/m/outbox';
      a.textContent = ' 登录已失效，请登录后上传';
      s.appendChild(a);
    }
    s.className = 'strip' + (online === false ? ' off' : u.n || u.open.length ? ' todo' : '');
    const badge = $('#unsent');
    if (badge) { badge.textContent = u.n; }
    $$('[data-unsent]').forEach(x => {
      const form = x.closest('[data-form]').dataset.form;
      x.hidden = !u.box.concat(u.photos).some(y => y.form === form);
    });
    if ($('#box')) { await showBox(); }
  }

  // ---- The outbox

  async function ask(path, options) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 60000);
    try {
      const r = await fetch(path, Object.assign({credentials: 'same-origin', signal: stop.signal}, options));
      const out = await r.json();
      if (r.status === 401) { signedOut = true; throw new Error('signed out'); }
      signedOut = false;
      return {status: r.status, out};
    } finally { clearTimeout(timer); }
  }

  let running = null, more = false;
  function sync() {
    if (running) { more = true; return running; } // what has come meanwhile goes in another round
    running = work().then(() => { online = true; }, e => { online = e.message === 'signed out'; more = false; })
      .then(() => { running = null; return more ? sync() : strip(); });
    more = false;
    return running;
  }
  async function work() {
    await sendPhotos();
    const box = (await all('outbox')).sort((a, b) => a.made - b.made);
    const sent = box.filter(x => x.state === 'kept').slice(-500).map(x => x.id);
    const behind = (await all('photos')).filter(x => !x.sent && !x.trouble).map(x => x.form); // a result follows its photographs
    const waiting = box.filter(x => x.state === 'waiting' && !(x.kind === 'result' && behind.includes(x.form)));
    do {
      const parcel = [];
      for (let n = 0; waiting.length && parcel.length < 20 && (!parcel.length || n + waiting[0].body.length < 200000);) {
        n += waiting[0].body.length;
        parcel.push(waiting.shift());
      }
      const {status, out} = await ask('/m/sync', {method: 'POST', headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({records: parcel.map(x => ({id: x.id, form: x.form, kind: x.kind, at: x.at, body: x.body})), sent})});
      if (status !== 200) { throw new Error(out.sentence || String(status)); }
      for (const a of out.answers) { await answered(parcel.filter(x => x.id === a.id)[0], a); }
      await again(out.lost || []);
    } while (waiting.length);
    await setFact('synced', Date.now());
    await tidy(Date.now() - WEEK);
    await sendOriginals();
  }
  async function answered(item, a) {
    if (!item || a.state === 'later') { return; }
    // Whoever took the record back while it was on its way has its answer: it is kept.
    await put('outbox', Object.assign(item, {state: a.state, answer: a, answered: Date.now()}));
    const task = $('#task');
    if (task && task.dataset.form === item.form) { await showState(true); }
  }
  // After a restore from a backup the office has lost what it had.
  async function again(lost) {
    for (const id of lost) {
      const x = await get('outbox', id);
      if (!x) { continue; }
      await put('outbox', Object.assign(x, {state: 'waiting'}));
      for (const p of (await all('photos')).filter(y => y.form === x.form)) { await put('photos', Object.assign(p, {sent: 0})); }
    }
  }
  // A photograph goes in pieces. The office says where to go on: also after a
  // cut, and that it has all.
  async function sendFile(p, use, digest, file) {
    for (let have = 0, step = file.size > PART ? 0 : PART, turns = 0; ; step = PART) {
      const body = new FormData();
      Object.entries({form: p.form, use, digest, original: p.original, at: p.at, size: file.size, offset: have}).forEach(x => body.append(x[0], x[1]));
      body.append('photo', file.slice(have, have + step), 'photo.jpg');
      const {status, out} = await ask('/m/photos', {method: 'POST', body});
      if (status !== 200) { return {why: out.sentence || String(status), later: status === 409 || status >= 500}; } // a full disk, a fault: not the picture's
      if (out.have === file.size) { return {why: ''}; }
      if (step && out.have <= have && ++turns > 3) { return {why: '几次都没有完整收到', later: true}; }
      have = out.have;
    }
  }
  async function sendPhotos() {
    for (const p of (await all('photos')).filter(x => !x.sent && !x.trouble)) {
      const {why, later} = await sendFile(p, p.use, p.digest, p.blob);
      await put('photos', Object.assign(p, {sent: why ? 0 : Date.now(), why, trouble: Boolean(why) && !later}));
      await strip();
    }
  }
  // The camera's own files go last, and not over a paid connection unless asked for.
  async function sendOriginals(asked) {
    const c = navigator.connection;
    if (!asked && c && (c.type === 'cellular' || c.saveData)) { return; }
    for (const p of (await all('photos')).filter(x => x.sent && x.file)) {
      if (more) { return; } // something has been submitted meanwhile
      const {why, later} = await sendFile(p, 'original', p.original, p.file);
      await put('photos', Object.assign(p, {why, file: later ? p.file : null}));
      await strip();
    }
  }
  // What the office has is kept for a week, should it lose it to an old backup,
  // and no longer than its owner is signed in.
  async function tidy(old) {
    for (const x of await all('outbox')) { if (x.answered < old && /kept|settled/.test(x.state)) { await drop('outbox', x.id); } }
    for (const p of await all('photos')) { if (p.sent && p.sent < old && !p.file) { await drop('photos', p.key); } }
  }
  async function submit(form, firm, kind, body) {
    const made = ((await fact('made')) || 0) + 1;
    await setFact('made', made);
    const item = {id: newID(), form, firm, kind, at: Date.now(), body: JSON.stringify(body), made, state: 'waiting'};
    await put('outbox', item);
    await strip();
    return item;
  }

  const KINDS = {arrival: '到达', result: '检查结果', yield: '采用单位的版本'};
  const STATES = {waiting: '等待上传', kept: '已上传', stale: '单位已改动，请选择', clash: '编号重复，请处理', refused: '要修改', settled: '已处理'};
  function el(tag, text, cls) { const e = document.createElement(tag); if (text) { e.textContent = text; } if (cls) { e.className = cls; } return e; }
  function button(text, act, cls) { const b = el('button', text, 'big ' + (cls || '')); b.type = 'button'; b.onclick = act; return b; }

  // A photograph that the office did not take: sent again, or let go.
  function troubled(x) {
    const c = el('section', '', 'card'), img = el('img');
    img.src = x.thumb;
    img.alt = '没有上传的照片';
    c.appendChild(img);
    c.appendChild(el('p', x.why, 'bad'));
    if (!x.trouble) { return c; }
    c.appendChild(button('再传一次', () => put('photos', Object.assign(x, {trouble: false, why: ''})).then(sync)));
    c.appendChild(button('不要这张照片', () => drop('photos', x.key).then(strip)));
    return c;
  }

  async function showBox() {
    const items = (await all('outbox')).sort((a, b) => b.made - a.made), {photos, whole} = await unsent(), box = el('div');
    if (!items.length && !photos.length && !whole.length) { box.appendChild(el('p', '全部已上传。', 'ok')); }
    if (photos.length) { box.appendChild(el('p', photos.length + ' 张照片等待上传', 'card')); }
    photos.concat(whole).filter(x => x.why).forEach(x => box.appendChild(troubled(x)));
    if (whole.length) {
      const c = el('section', '', 'card');
      c.appendChild(el('p', whole.length + ' 张相机原片等待上传，共 ' + Math.ceil(whole.reduce((n, x) => n + x.file.size, 0) / 1048576) + ' MB。用移动数据时不自动上传原片，照片和结果不受影响。'));
      c.appendChild(button('上传原片', () => sendOriginals(true).then(strip, strip)));
      box.appendChild(c);
    }
    items.forEach(x => {
      const c = el('section', '', 'card');
      c.appendChild(el('h2', x.firm));
      c.appendChild(el('p', KINDS[x.kind] + ' ' + clock(x.at) + '：' + STATES[x.state], x.state === 'kept' ? 'ok' : x.state === 'waiting' ? '' : 'bad'));
      ((x.answer && x.answer.problems) || []).forEach(p => { if (x.state === 'refused') { c.appendChild(el('p', p.sentence)); } });
      if (x.state !== 'kept' && x.state !== 'settled') { const a = el('a', '打开这一户', 'big'); a.href = '/m/tasks/' + x.form; c.appendChild(a); }
      box.appendChild(c);
    });
    $('#box').textContent = '';
    $('#box').appendChild(box);
    $('#mode').textContent = secure ? '这部手机可以离线打开任务（先在任务页下载离线包），草稿保存在手机里。'
      : '本站没有使用 HTTPS：草稿保存在手机里，但断网时不能重新打开页面。出发前请下载离线包，并保持页面打开。';
    if (/iPhone|iPad/.test(navigator.userAgent)) { $('#mode').textContent += '苹果手机七天不打开本页会清除没有上传的内容：请当天上传。'; }
    $('#upload').onclick = () => { $('#upload').setAttribute('aria-disabled', 'true'); sync().then(() => $('#upload').removeAttribute('aria-disabled')); };
  }

  // ---- The task: draft, photographs, signatures, submission

  let draft = null, shots = []; // shots: the task's photographs, here and at the office
  const sheetForm = () => $('#sheet');

  function collect() {
    const fields = {};
    Array.from(sheetForm().elements).forEach(e => {
      if (!e.name || e.name === 'key' || e.name === 'revision') { return; }
      if (e.type === 'radio' || e.type === 'checkbox') {
        fields[e.name] = fields[e.name] || [];
        if (e.checked) { fields[e.name].push(e.value); }
      } else { fields[e.name] = e.value; }
    });
    return fields;
  }
  function restore(fields) {
    Array.from(sheetForm().elements).forEach(e => {
      if (!e.name || !(e.name in fields) || e.type === 'hidden') { return; }
      if (e.type === 'radio' || e.type === 'checkbox') { e.checked = fields[e.name].includes(e.value); }
      else { e.value = fields[e.name]; }
    });
  }
  const value = name => { const e = sheetForm().elements[name]; return e ? String(e.value || '').trim() : ''; };
  const chosen = name => $$('input[name="' + name + '"]:checked', sheetForm());
  const rows = (cls, first) => $$(cls, sheetForm()).map((_, i) => i + 1).filter(i => sheetForm().elements[first + '-' + i]);

  function findings() {
    return rows('.finding', 'fact').map(i => ({no: Number(value('no-' + i)) || 0, fact: value('fact-' + i), measure: value('measure-' + i), due: value('due-' + i),
      spot: chosen('spot-' + i).length > 0, note: value('spotnote-' + i)})).filter(x => x.fact || x.measure || x.due || x.spot || x.note);
  }
  function attempts() { return rows('.try', 'attempt').map(i => ({on: value('attempt-' + i), how: value('how-' + i)})).filter(x => x.on || x.how); }

  // The same lines as visit.Text.
  function text() {
    const t = $('#task').dataset, out = [], none = s => s || '无';
    const line = (...parts) => out.push(parts.join(''));
    line('检查表：', t.form);
    line('被检查单位：', flat(t.firm));
    line('检查日期：', none(value('started')), ' 至 ', none(value('ended')));
    chosen('methods').forEach(e => line('检查方式：', label(e)));
    $$('.point').forEach((p, i) => {
      const a = $('input:checked', p), note = flat(value('note-' + (i + 1)));
      if (!a) { return; }
      line('要点 ', i + 1, '：', flat(p.dataset.text), '：', a.dataset.word);
      if (note) { line('说明：', note); }
    });
    chosen('codes').forEach(e => line('检查结果：', label(e)));
    const kept = $$('.kept').map(e => ({no: Number(e.dataset.no), fact: e.dataset.fact, measure: e.dataset.measure, due: e.dataset.due}));
    kept.concat(findings()).map((x, i) => Object.assign({order: x.no || 1e6 + i}, x)).sort((a, b) => a.order - b.order).forEach((x, i) => {
      line('问题 ', i + 1, '：', flat(x.fact));
      if (flat(x.measure) || x.due) { line('改正要求：', flat(x.measure), '；期限：', none(x.due)); }
    });
    attempts().forEach((x, i) => line('第 ', i + 1, ' 次联系：', none(x.on), ' ', flat(x.how)));
    if (flat(value('summary'))) { line('检查情况：', flat(value('summary'))); }
    if (flat(value('evidence'))) { line('证据：', flat(value('evidence'))); }
    return out.map(x => x + '\n').join('');
  }
  const label = e => flat(e.closest('label').textContent);

  function sheet() {
    const signed = $$('.pad').filter(p => strokes(p).length);
    return {revision: draft.revision, methods: chosen('methods').map(e => e.value), started: value('started'), ended: value('ended'), person: value('person'),
      refused: value('refusal'), witness: value('witness'), summary: value('summary'), evidence: value('evidence'), attempts: attempts(),
      answers: $$('.point').map((p, i) => ({item: p.dataset.item, no: Number(p.dataset.no), answer: ($('input:checked', p) || {value: ''}).value, note: value('note-' + (i + 1))})),
      codes: chosen('codes').map(e => e.value), findings: findings(), opened: draft.opened || 0, rest: draft.rest || 0,
      text: signed.length ? draft.text : '', signatures: signed.map(p => ({role: p.dataset.role, officer: p.dataset.officer,
        name: p.dataset.name || value('person'), strokes: JSON.stringify(strokes(p)), at: draft.pads[p.dataset.role].at})), instead: draft.instead || ''};
  }

  // What is still missing, as links.
  function lacking() {
    const out = [], codes = chosen('codes').map(e => e.value), away = codes.some(c => /^R(4|6|7|9)/.test(c));
    const shown = use => shots.filter(x => x.use === use), need = (bad, id, word) => { if (bad) { out.push([id, word]); } };
    if (!draft.arrived) { out.push(['f-arrive', '到达']); }
    $$('.point').forEach((p, i) => {
      const a = $('input:checked', p);
      if (!a && !away) { out.push([p.id, '要点 ' + (i + 1)]); }
      if (a && /no|skip/.test(a.value) && !value('note-' + (i + 1))) { out.push(['f-note-' + (i + 1), '要点 ' + (i + 1) + ' 的说明']); }
      need(a && a.value === 'no' && !value('evidence') && !shown('point-' + (i + 1)).length, 'f-note-' + (i + 1), '要点 ' + (i + 1) + ' 的照片或证据');
    });
    if (!codes.length) { out.push(['f-codes', '检查结果']); }
    if (!codes.some(c => /^R(4|7|9)/.test(c)) && !value('person') && !value('refusal')) { out.push(['f-person', '签字人']); }
    // The proofs that visit.proof asks for: with the firm still before us, not when the office answers.
    need(codes.some(c => /^R[23568]$/.test(c)) && !findings().length && !$('.kept'), 'f-fact-1', '发现的问题');
    need(codes.includes('R5') && findings().length && !findings().some(x => x.measure && x.due) && !$('.kept'), 'f-measure-1', '改正要求和期限');
    findings().forEach((x, i) => {
      need(!x.fact, 'f-fact-' + (i + 1), '问题 ' + (i + 1) + ' 的事实');
      need(x.spot && !x.note, 'f-spotnote-' + (i + 1), '问题 ' + (i + 1) + ' 的改正情况');
      need(x.spot && !shown('before-' + (i + 1)).length, 'f-outcome-' + (i + 1), '问题 ' + (i + 1) + ' 改正前的照片');
      need(x.spot && !shown('after-' + (i + 1)).some(y => shown('before-' + (i + 1)).some(z => pictureOf(z) !== pictureOf(y))), 'f-outcome-' + (i + 1), '问题 ' + (i + 1) + ' 改正后的照片');
    });
    if (codes.includes('R4')) {
      const tries = attempts(), first = shown('attempt-1'), second = shown('attempt-2');
      [0, 1].forEach(i => need(!tries[i] || !tries[i].on || !tries[i].how, 'f-attempt-' + (i + 1), '第 ' + (i + 1) + ' 次联系'));
      need(!first.length, 'f-attempt-1', '第 1 次联系的照片');
      need(!second.length, 'f-attempt-2', '第 2 次联系的照片');
      need(first.length && second.length && !first.some(x => second.some(y => pictureOf(x) !== pictureOf(y) && Math.abs(x.at - y.at) >= 30 * 60000)),
        'f-attempt-2', '第 2 次联系的照片（与第 1 次相隔 30 分钟以上）');
    }
    need(codes.some(c => /^R[46]$/.test(c)) && !value('evidence'), 'f-evidence', '证据');
    need(value('refusal') && !value('witness'), 'f-witness', '见证人');
    const signed = $$('.pad').filter(p => strokes(p).length).length;
    if (signed && signed < (value('refusal') ? 2 : 3)) { out.push(['f-sign', '签字（都签或者都用纸签）']); }
    return out;
  }
  function showLacking() {
    const box = $('#lacking'), list = lacking();
    box.textContent = list.length ? '缺 ' + list.length + ' 项：' : unsaved ? '正在保存…' : '可提交';
    list.slice(0, 8).forEach(x => {
      const a = el('a', x[1], 'big');
      a.href = '#' + x[0];
      a.onclick = e => { e.preventDefault(); reveal(x[0]); };
      box.appendChild(a);
    });
    return list;
  }
  function reveal(id) {
    const e = document.getElementById(id);
    if (!e) { return; }
    for (let p = e.parentElement; p; p = p.parentElement) { if (p.tagName === 'DETAILS') { p.open = true; } }
    e.scrollIntoView();
    e.setAttribute('tabindex', '-1');
    e.focus();
  }

  let saving = Promise.resolve(), unsaved = 0;
  function save() {
    draft.fields = collect();
    const now = text();
    $('#text').textContent = now;
    if (draft.text && draft.text !== now && Object.keys(draft.pads).length) {
      draft.pads = {};
      draft.text = '';
      $$('.pad').forEach(drawPad);
      $('#void').hidden = false;
    }
    unsaved++;
    showLacking();
    const copy = JSON.parse(JSON.stringify(draft));
    saving = saving.then(() => put('drafts', copy)).then(() => { full = ''; }, () => { full = '手机存储已满，刚才填的没有保存！请先上传，再清理手机空间'; strip(); })
      .then(() => { if (!--unsaved) { showLacking(); } }); // a phone that dies after 可提交 has everything
    return saving;
  }

  // -- signatures
  const strokes = pad => { const p = draft.pads[pad.dataset.role]; return p ? p.strokes : []; };
  function drawPad(pad) {
    const c = $('canvas', pad).getContext('2d');
    c.clearRect(0, 0, 600, 200);
    c.lineWidth = 4; c.lineCap = c.lineJoin = 'round'; c.strokeStyle = '#000';
    strokes(pad).forEach(s => { c.beginPath(); c.moveTo(s[0], s[1]); for (let i = 2; i < s.length; i += 2) { c.lineTo(s[i], s[i + 1]); } c.lineTo(s[s.length - 2] + .1, s[s.length - 1]); c.stroke(); });
  }
  function readyPad(pad) {
    const canvas = $('canvas', pad), role = pad.dataset.role;
    let stroke = null;
    const at = e => { const r = canvas.getBoundingClientRect(); return [Math.round((e.clientX - r.left) * 600 / r.width), Math.round((e.clientY - r.top) * 200 / r.height)]; };
    canvas.onpointerdown = e => {
      e.preventDefault();
      if (canvas.setPointerCapture) { canvas.setPointerCapture(e.pointerId); }
      $('#void').hidden = true;
      draft.text = text();
      draft.pads[role] = draft.pads[role] || {strokes: [], at: Date.now()};
      stroke = at(e);
      draft.pads[role].strokes.push(stroke);
    };
    canvas.onpointermove = e => { if (stroke) { const p = at(e); stroke.push(p[0], p[1]); drawPad(pad); } };
    canvas.onpointerup = canvas.onpointercancel = () => { if (stroke) { stroke = null; drawPad(pad); save(); } };
    $('.clear', pad).onclick = () => { delete draft.pads[role]; drawPad(pad); save(); };
    drawPad(pad);
  }

  // -- photographs: reduced and hashed here; drawing them anew leaves behind what the camera wrote beside the picture
  const read = (file, how) => new Promise((ok, no) => { const r = new FileReader(); r.onload = () => ok(r.result); r.onerror = () => no(r.error); r[how](file); });
  async function shoot(input) {
    const file = input.files[0], form = $('#task').dataset.form;
    if (!file) { return; }
    input.value = '';
    const image = new Image();
    image.src = await read(file, 'readAsDataURL');
    try { await new Promise((ok, no) => { image.onload = ok; image.onerror = no; }); } catch (e) { alert('这不是照片，没有保存'); return; }
    const k = Math.min(1, 1600 / Math.max(image.naturalWidth, image.naturalHeight)), canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * k));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * k));
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    mark(canvas);
    const blob = await new Promise(ok => canvas.toBlob(ok, 'image/jpeg', .8));
    const digestOf = async b => hex(sha256.hash(new Uint8Array(await read(b, 'readAsArrayBuffer'))));
    const photo = {form, use: input.dataset.use, digest: await digestOf(blob), original: await digestOf(file), at: Date.now(), blob, file, sent: 0};
    photo.key = [form, photo.use, photo.original].join(' ');
    const twin = shots.filter(x => x.use === photo.use && pictureOf(x) === photo.original)[0];
    if (twin) { if (twin.thumb) { thumb(twin); } return; } // the same one once more
    const small = document.createElement('canvas');
    small.width = small.height = 144;
    small.getContext('2d').drawImage(canvas, 0, 0, canvas.width, canvas.height, 0, 0, 144, 144);
    photo.thumb = small.toDataURL('image/jpeg', .6);
    try { await put('photos', photo).catch(() => put('photos', Object.assign(photo, {file: null}))); } // no room for the camera's file
    catch (e) { alert('手机存储已满，照片没有保存。请先上传，再清理手机空间'); return; }
    thumb(photo);
    shots.push(photo);
    if (sheetForm()) { showLacking(); }
    strip().then(sync);
  }
  const pictureOf = x => x.original || x.digest; // copies of one picture differ by their marks
  // Time, place and task stand in the copy; the camera's own file stays as it is.
  function mark(canvas) {
    const c = canvas.getContext('2d'), t = $('#task').dataset, size = Math.max(12, Math.round(canvas.width / 48)), p = draft && draft.place;
    const lines = [t.firm, t.form + '  ' + new Date().toLocaleString('zh-CN', {hour12: false}) + '（手机时间）' + (p && p.lat ? '  ' + p.lat + ', ' + p.lon : '')];
    c.font = size + 'px sans-serif';
    c.fillStyle = 'rgba(0, 0, 0, .6)';
    c.fillRect(0, canvas.height - size * 3.2, canvas.width, size * 3.2);
    c.fillStyle = '#fff';
    lines.forEach((x, i) => c.fillText(x, size / 2, canvas.height - size * (1.9 - 1.4 * i), canvas.width - size));
  }
  function thumb(p) {
    const box = $('[data-of="' + p.use + '"]');
    if (!box) { return; }
    const img = el('img');
    img.src = p.thumb;
    img.alt = '已拍的照片';
    box.appendChild(img);
  }

  // -- arrival
  function where() {
    return new Promise(ok => {
      if (!navigator.geolocation || !window.isSecureContext) { ok(null); return; }
      const timer = setTimeout(() => ok(null), 12000);
      navigator.geolocation.getCurrentPosition(p => { clearTimeout(timer); ok(p.coords); }, () => { clearTimeout(timer); ok(null); },
        {enableHighAccuracy: true, timeout: 10000, maximumAge: 60000});
    });
  }
  let placing = false;
  async function arrive(e) {
    e.preventDefault();
    if (placing) { return; }
    placing = true;
    const t = $('#task').dataset, why = $('#arrive').elements.why.value, place = {lat: '', lon: '', accuracy: 0, reason: why, late: ''};
    if (!why) {
      const c = await where();
      if (c) { place.lat = c.latitude.toFixed(6); place.lon = c.longitude.toFixed(6); place.accuracy = Math.round(c.accuracy); }
      else { $('#noplace').hidden = false; $('#noplace select').focus(); }
    }
    placing = false;
    if (!place.lat && !why) { return; }
    await submit(t.form, t.firm, 'arrival', place);
    draft.arrived = Date.now();
    draft.place = place;
    await save();
    await showState();
    sync();
  }

  async function enter(e) {
    e.preventDefault();
    await save();
    const t = $('#task').dataset;
    if (showLacking().length) { $('#lacking').scrollIntoView(); return; }
    if (draft.locked) { return; }
    draft.locked = true;
    const item = await submit(t.form, t.firm, 'result', sheet());
    draft.record = item.id;
    await save();
    await showState();
    sync();
  }

  // showState says where the task stands: locked, refused, or in two versions.
  // fresh: an answer has just come.
  async function showState(fresh) {
    const t = $('#task').dataset, mine = (await all('outbox')).filter(x => x.form === t.form).sort((a, b) => a.made - b.made);
    if (!sheetForm()) { return; }
    const result = mine.filter(x => x.id === draft.record)[0], s = result ? result.state : '';
    const arrived = mine.filter(x => x.kind === 'arrival' && x.state !== 'refused')[0];
    if (arrived) { $('#arrived').hidden = false; $('#arrived').textContent = '已登记到达 ' + clock(arrived.at) + (arrived.state === 'waiting' ? '（等待上传）' : ''); }
    draft.arrived = Boolean($('#f-arrive p.ok:not([hidden])'));
    if (s === 'kept') {
      await drop('drafts', t.form);
      if (fresh) { location.reload(); }
      else { lock('结果已经上传。'); }
      return;
    }
    $('#sheet').hidden = s === 'waiting';
    $('#locked').hidden = s !== 'waiting';
    if (s === 'refused') { refusedBy(result); }
    $('#both').hidden = s !== 'stale' && s !== 'clash';
    if (s === 'stale' || s === 'clash') { showBoth(result); }
    showLacking();
  }
  function lock(words) { $('#sheet').hidden = true; $('#locked').hidden = false; $('#locked').textContent = words; }
  function refusedBy(result) {
    draft.locked = false;
    const old = $('#problems');
    if (old) { old.remove(); }
    const box = el('section', '', 'problems'), ul = el('ul');
    box.id = 'problems';
    box.setAttribute('role', 'alert');
    box.appendChild(el('h2', '单位没有收下，请修改后再提交'));
    result.answer.problems.forEach(p => {
      const li = el('li');
      const a = el('a', p.sentence);
      a.href = '#f-' + p.field;
      a.onclick = e => { e.preventDefault(); reveal('f-' + p.field); };
      li.appendChild(p.field ? a : el('span', p.sentence));
      ul.appendChild(li);
    });
    box.appendChild(ul);
    $('#main').insertBefore(box, $('#main').firstChild);
  }
  // A version, with the lines marked that the other has not.
  function marked(version, other) {
    const pre = el('pre'), there = other.split('\n');
    version.split('\n').forEach(line => pre.appendChild(there.includes(line) ? document.createTextNode(line + '\n') : el('mark', line + '\n')));
    return pre;
  }
  function showBoth(result) {
    const box = $('#both'), o = result.answer.office, mine = JSON.parse(result.body);
    box.textContent = '';
    box.appendChild(el('h2', '两个版本，请选择'));
    box.appendChild(el('p', '单位的版本（' + o.by + ' ' + clock(o.at) + (o.state ? '，' + o.state : '') + '）'));
    const ours = draft.text || text() || JSON.stringify(mine);
    box.appendChild(marked(o.text, ours));
    box.appendChild(el('p', '您的版本（' + clock(result.at) + '）'));
    box.appendChild(marked(ours, o.text));
    box.appendChild(el('p', '两个版本都会保留。'));
    const t = $('#task').dataset;
    box.appendChild(button('用我的版本', async () => {
      draft.revision = result.state === 'stale' ? o.revision : draft.revision;
      draft.instead = result.state === 'stale' ? result.id : '';
      const item = await submit(t.form, t.firm, 'result', Object.assign(mine, {revision: draft.revision, instead: draft.instead}));
      await put('outbox', Object.assign(result, {state: 'settled'}));
      draft.record = item.id;
      await save();
      await showState();
      sync();
    }, 'primary'));
    box.appendChild(button('用单位的版本', async () => {
      if (result.state === 'stale') { await submit(t.form, t.firm, 'yield', {instead: result.id, revision: o.revision}); }
      await put('outbox', Object.assign(result, {state: 'settled'}));
      await drop('drafts', t.form);
      await sync();
      location.reload();
    }));
  }

  async function readyTask() {
    const root = $('#task'), t = root.dataset, form = sheetForm();
    const here = (await all('photos')).filter(x => x.form === t.form);
    here.filter(x => !x.sent).forEach(thumb);
    shots = here.concat($$('figure[data-use]').map(f => ({use: f.dataset.use, digest: f.dataset.digest, original: f.dataset.original, at: Number(f.dataset.at)})));
    $$('input[data-use]').forEach(i => { i.onchange = () => shoot(i); });
    if (!form) { return; }
    draft = (await get('drafts', t.form)) || {form: t.form, revision: Number(t.revision), pads: {}, fields: null};
    $('#signing').hidden = false;
    form.noValidate = $('#arrive').noValidate = true; // what is missing is said in #lacking
    if (draft.fields) {
      restore(draft.fields);
      if (draft.revision !== Number(t.revision) && !draft.locked && !draft.record) { $('#rested').textContent = '单位在您填写期间改过这张表；提交时两个版本都会给您看。'; }
    } else { today(form, Date.now() - Date.parse(t.today)); }
    draft.arrived = Boolean($('#f-arrive p.ok:not([hidden])'));
    $$('.pad').forEach(readyPad);
    $('#text').textContent = text();
    if (draft.rest) { $('#rested').textContent = draft.rest + ' 项用“其余全部符合”填写'; }
    form.addEventListener('input', save);
    form.addEventListener('change', save);
    form.addEventListener('submit', enter);
    $('#arrive').addEventListener('submit', arrive);
    $('#points').addEventListener('toggle', () => { if ($('#points').open && !draft.opened) { draft.opened = Date.now(); save(); } });
    $('#rest').onclick = rest;
    $('#takeback').onclick = async () => {
      const item = await get('outbox', draft.record);
      if (item && item.state === 'waiting') { await drop('outbox', item.id); }
      draft.locked = false;
      draft.record = '';
      await save();
      await showState();
      strip();
    };
    await showState();
  }
  // A pack of yesterday: the visit is today. A clock that is wrong by more than
  // a week is not believed.
  function today(form, since) {
    if (since < 24 * 3600 * 1000 || since > WEEK) { return; }
    const d = new Date(), n = x => ('0' + x).slice(-2), day = d.getFullYear() + '-' + n(d.getMonth() + 1) + '-' + n(d.getDate());
    ['started', 'ended'].forEach(x => { form.elements[x].value = day; });
  }
  function rest() {
    if ($('#points').open) { draft.opened = draft.opened || Date.now(); }
    if (!draft.opened) {
      $('#points').open = true;
      $('#rested').textContent = '请先看一遍检查要点，再按一次';
      return;
    }
    let n = 0;
    $$('.point').forEach(p => { if (!$('input:checked', p)) { $('input.yes', p).checked = true; n++; } });
    draft.rest = (draft.rest || 0) + n;
    $('#rested').textContent = draft.rest + ' 项用“其余全部符合”填写（要点于 ' + clock(draft.opened) + ' 打开）';
    save();
  }

  // ---- The task pack

  async function pack() {
    const b = $('#pack'), say = $('#packed');
    b.setAttribute('aria-disabled', 'true');
    try {
      if (navigator.storage && navigator.storage.persist) { await navigator.storage.persist(); }
      const {status, out} = await ask('/m/pack.json', {});
      if (status !== 200) { throw new Error(out.sentence); }
      const assets = $$('link[rel=stylesheet], link[rel=icon], script[src]').map(e => e.href || e.src);
      let bytes = 0, n = 0;
      const cache = secure ? await caches.open(CACHE) : null;
      for (const path of out.pages.concat(cache ? assets : [])) {
        const r = await fetch(path, {credentials: 'same-origin'});
        if (!r.ok || r.redirected) { throw new Error(String(r.status)); }
        if (cache) { await cache.put(new URL(path, location.href).href, r.clone()); }
        const blob = await r.blob();
        bytes += blob.size;
        if (!cache) { await put('pages', /png/.test(path) ? {path, data: await read(blob, 'readAsDataURL')} : {path, html: await read(blob, 'readAsText')}); }
        if (/\/tasks\/[^/]+$/.test(path)) { n++; }
        say.textContent = ' 正在下载…';
      }
      await setFact('packed', {at: Date.now(), n, bytes});
      online = true;
    } catch (e) {
      online = e.message === 'signed out';
      say.textContent = ' 没有下载完，请在有信号的地方再试';
      b.removeAttribute('aria-disabled');
      return strip();
    }
    b.removeAttribute('aria-disabled');
    await packed();
    return strip();
  }
  async function packed() {
    const p = await fact('packed');
    if (p) { $('#packed').textContent = ' 已下载 ' + p.n + ' 户，' + Math.ceil(p.bytes / 1024) + ' KB，' + clock(p.at); }
  }

  // Without a service worker links are followed here, so that the page stays
  // open and the pack can be read.
  async function go(path, back) {
    let html = '';
    try {
      const r = await fetch(path, {credentials: 'same-origin'});
      if (!r.ok || r.redirected) { location.href = path; return; }
      html = await r.text();
      online = true;
    } catch (e) {
      const kept = await get('pages', path);
      online = false;
      if (!kept) { await strip(); alert('没有信号，这一页没有下载到手机里'); return; }
      html = kept.html;
    }
    await saving;
    const next = new DOMParser().parseFromString(html, 'text/html');
    document.title = next.title;
    document.body.innerHTML = next.body.innerHTML;
    if (!back) { history.pushState({}, '', path); }
    window.scrollTo(0, 0);
    if (online === false) {
      for (const img of $$('img[src^="/m/"]')) { const kept = await get('pages', img.getAttribute('src')); if (kept) { img.src = kept.data; } }
    }
    await ready();
  }
  if (!secure) {
    document.addEventListener('click', e => {
      const a = e.target.closest('a[href^="/m"]');
      if (!a || a.target || e.defaultPrevented) { return; }
      e.preventDefault();
      go(a.getAttribute('href'));
    });
    window.addEventListener('popstate', () => go(location.pathname + location.search, true));
  }

  // Who signs out leaves nothing behind that the office has. What is not yet
  // uploaded stays, and goes when its owner has signed in again.
  async function leave() {
    if (secure) { await caches.delete(CACHE); }
    await inStore('pages', 'readwrite', o => o.clear());
    await drop('facts', 'packed');
    const has = (await all('outbox')).filter(x => /kept|settled/.test(x.state)).map(x => x.id);
    for (const d of await all('drafts')) { if (has.includes(d.record)) { await drop('drafts', d.form); } }
    await tidy(Infinity);
  }
  document.addEventListener('submit', e => {
    const out = e.target;
    if (!out.closest('.bottom') || e.defaultPrevented) { return; }
    e.preventDefault();
    const go = () => out.submit();
    Promise.race([leave(), new Promise(ok => { setTimeout(ok, 2000); })]).then(go, go);
  });

  let turn = 0;
  async function ready() {
    clearTimeout(turn);
    if ($('#task')) { await readyTask(); }
    if ($('#find')) { readyFind(); }
    if ($('#pack')) { $('#pack').onclick = pack; await packed(); }
    const turning = $('#turning');
    if (turning) { turn = setTimeout(() => { if (secure) { location.reload(); } else { go(location.pathname, true); } }, turning.dataset.seconds * 1000); }
    await strip();
  }

  // The list answers while one types, also without signal; a photograph of a code needs the office.
  function readyFind() {
    const q = $('#f-q');
    $('#find').onsubmit = e => e.preventDefault();
    q.oninput = () => { const x = q.value.trim().toUpperCase(); $$('[data-find]').forEach(c => { c.hidden = x.length > 1 && !c.dataset.find.toUpperCase().includes(x); }); };
    $('#f-photo').onchange = () => { if (online === false) { alert('没有信号时不能认二维码，请输入名称或代码后四位'); } else { $('#scan').submit(); } };
  }

  if (secure) { navigator.serviceWorker.register('/m/sw.js', {scope: '/m'}).catch(() => {}); }
  ready().then(sync);
  window.addEventListener('online', sync);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { sync(); } });
  setInterval(() => { unsent().then(u => { if (u.n || online === false) { sync(); } }); }, 20000);
});
