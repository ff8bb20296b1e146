// A witness's telephone: makes the secret, keeps it, commits to it, reveals
// it, and checks what the office says. Hashes come from /witness/core.js, the
// same code that the verifier runs. Works on plain http.
document.addEventListener('DOMContentLoaded', function () {
  'use strict';
  const byId = id => document.getElementById(id), root = byId('witness'), facts = root.dataset;
  const place = 'suiji/' + facts.subject + '/' + facts.name;

  function alarm(text) { const p = byId('broken'); p.textContent = text; p.hidden = false; p.scrollIntoView(); }

  if (typeof sha256 === 'undefined' || !window.crypto || !crypto.getRandomValues) {
    alarm('这个浏览器太旧，不能安全地产生随机数。请换用手机自带的浏览器，或者请操作员代为录入承诺。');
    return;
  }
  const H = facts.hash === 'sm3' ? sm3 : sha256;
  const digest = s => hex(H.hash(bytes(s)));
  const random = n => hex(crypto.getRandomValues(new Uint8Array(n)));
  const commitmentOf = secret => digest('suiji/commit/1\n' + facts.name + '\n' + secret + '\n');

  // What this telephone made is kept as a list: a second press must not lose the first secret.
  function made() { try { return JSON.parse(localStorage.getItem(place)) || []; } catch (e) { return []; } }
  function keep(entry) {
    const text = JSON.stringify(made().concat([entry]));
    try { localStorage.setItem(place, text); } catch (e) { return false; }
    return localStorage.getItem(place) === text;
  }
  const own = commitment => made().filter(x => x.commitment === commitment)[0];

  // ---- The forms

  function join(form) {
    const where = 'suiji/phone/' + location.pathname;
    let token = localStorage.getItem(where);
    if (!token) { token = random(20); localStorage.setItem(where, token); }
    form.elements.phone.value = token;
  }

  function commit(form) {
    const typed = byId('typed').value.trim();
    let secret = random(32);
    if (typed) { secret = digest('suiji/typed/1\n' + typed + '\n' + secret + '\n'); }
    const entry = {secret, commitment: commitmentOf(secret), seen: form.elements.seen.value};
    if (!keep(entry)) { throw new Error('这个浏览器不能保存数据（可能是无痕模式），没有封存。请换用普通窗口或手机自带的浏览器。'); }
    form.elements.commitment.value = entry.commitment;
  }

  function reveal(form) {
    let entry = own(facts.commitment);
    if (!entry) {
      const box = byId('restore'), found = byId('receipt').value.match(/[0-9a-f]{64}/g) || [];
      const secret = found.filter(x => commitmentOf(x) === facts.commitment)[0];
      box.hidden = false;
      if (!secret) { throw new Error('这部手机里没有您封存的随机数。请粘贴凭条，再按一次。'); }
      const seen = (byId('receipt').value.match(/名单指纹 ([0-9a-f]{64})/) || [])[1];
      entry = {secret, commitment: facts.commitment, seen};
      keep(entry);
    }
    form.elements.secret.value = entry.secret;
  }

  document.addEventListener('submit', function (e) {
    const act = {join, commit, reveal}[e.target.id];
    if (!act) { return; }
    try { act(e.target); } catch (x) { e.preventDefault(); e.stopPropagation(); alarm(x.message); }
  }, true);

  // ---- The checks

  function fingerprint(manifest) {
    const m = JSON.parse(manifest);
    delete m.seed;
    delete m.witnesses;
    return digest(json(m));
  }

  function seedOf(manifest, values) {
    const m = JSON.parse(manifest), lines = m.seed.map(s => s.name + ' ' + values[s.name] + '\n');
    return hex(H.hmac(H.hash(bytes(manifest)))(bytes('suiji/seed/1\n' + lines.join(''))));
  }

  // findings lists [holds, sentence]; holds is undefined where it cannot be told yet.
  function findings(st, mine) {
    const list = [[st.commitment === mine.commitment && commitmentOf(mine.secret) === st.commitment, '系统保存的承诺是您的随机数的承诺']];
    if (!st.manifest) { return list.concat([[undefined, '名单封存后，核对封存清单']]); }
    const source = JSON.parse(st.manifest).seed.filter(s => s.name === facts.name)[0];
    list.push([Boolean(source) && source.commitment === mine.commitment, '封存清单里有您的承诺']);
    list.push([mine.seen ? fingerprint(st.manifest) === mine.seen : undefined, '封存的名单和规则就是您核对过的那一份']);
    if (st.state === 'abandoned') { return list; }
    list.push([st.recorded ? st.recorded === digest(mine.secret) : undefined, st.recorded ? '台账记下的是您公开的随机数' : '公开后，核对台账的记录']);
    if (!st.values) { return list.concat([[undefined, '核验包公开后，核对种子由各方随机数算出']]); }
    list.push([st.values[facts.name] === mine.secret, '用于抽取的是您的随机数']);
    list.push([seedOf(st.manifest, st.values) === st.seed, '种子由各方随机数算出，本手机重算一致']);
    return list;
  }

  function report(st, mine) {
    const list = findings(st, mine), box = byId('checks'), verdict = byId('verdict');
    box.textContent = '';
    list.forEach(([holds, sentence]) => {
      const li = document.createElement('li');
      li.textContent = sentence;
      li.className = holds === undefined ? 'later' : holds ? '' : 'bad';
      box.appendChild(li);
    });
    const bad = list.some(x => x[0] === false);
    verdict.textContent = bad ? '与您封存的不一致！请当场提出' : st.manifest ? '与您封存的一致' : '已封存，请保存凭条';
    verdict.className = 'verdict ' + (bad ? 'bad' : 'ok');
    byId('hush').hidden = Boolean(st.recorded);
  }

  function slip(mine) {
    const text = ['随机数凭条 suiji/receipt/1', '轮次 ' + facts.subject, '来源 ' + facts.name, '算法 ' + facts.hash, '随机数 ' + mine.secret,
      '承诺 ' + mine.commitment, '名单指纹 ' + mine.seen, '网址 ' + location.href.split(/[?#]/)[0], ''].join('\n');
    byId('slip').textContent = text;
    byId('save').href = URL.createObjectURL(new Blob([text], {type: 'text/plain'}));
  }

  function look() {
    const again = byId('mine'), token = localStorage.getItem('suiji/phone/' + location.pathname);
    if (again && token) {
      again.hidden = false;
      again.firstChild.href = '/witness/' + facts.address.split('.')[0] + '.' + token;
    }
    if (!byId('verdict')) { return; }
    fetch('/witness/' + facts.address + '/standing.json').then(r => {
      if (!r.ok) { throw new Error('状态 ' + r.status); }
      return r.json();
    }).then(st => {
      facts.commitment = st.commitment;
      const mine = own(st.commitment);
      if (!mine) {
        byId('verdict').textContent = '这部手机里没有您封存的随机数。公开时请粘贴凭条';
        return;
      }
      slip(mine);
      report(st, mine);
    }).catch(e => { byId('verdict').textContent = '暂时不能核对（' + e.message + '），稍后会再试'; });
  }
  document.addEventListener('live', look);
  look();
});
