// Keeps a page as it is now: listens to the events of [data-live], and when
// they name another version fetches the page and takes its [data-part]s over.
// Without EventSource, or when there are too many listeners, it asks every 3 s.
(function () {
  'use strict';
  var root = document.querySelector('[data-live]');
  if (!root) { return; }
  var events = root.getAttribute('data-live'), version = root.getAttribute('data-version');
  var lost = document.createElement('p'), timer = 0, busy = false, polling = false;
  lost.className = 'lost';
  lost.setAttribute('role', 'status');
  lost.hidden = true;
  document.body.appendChild(lost);

  function say(text) { lost.textContent = text; lost.hidden = !text; }
  function connected() { clearTimeout(timer); timer = 0; say(''); }
  function broken() {
    if (!timer) { timer = setTimeout(function () { say('连接中断，正在重连…页面显示的可能不是最新情况'); }, 4000); }
  }
  // typing: somebody is filling in a form here, which must not be lost.
  function typing(part) {
    return Array.prototype.some.call(part.querySelectorAll('input:not([type=hidden]), textarea, select'), function (x) {
      return x === document.activeElement || x.value !== (x.defaultValue === undefined ? x.value : x.defaultValue);
    });
  }
  function take(text) {
    var now = new DOMParser().parseFromString(text, 'text/html'), next = now.querySelector('[data-live]'), held = false;
    if (!next) { location.reload(); return; }
    document.querySelectorAll('[data-part]').forEach(function (part) {
      var other = now.querySelector('[data-part="' + part.getAttribute('data-part') + '"]');
      if (!other) { return; }
      if (typing(part)) { held = true; return; }
      part.innerHTML = other.innerHTML;
    });
    version = next.getAttribute('data-version');
    say(held ? '情况有变化。填完后请刷新页面' : '');
    document.dispatchEvent(new CustomEvent('live'));
  }
  function changed(v) {
    if (v === version || busy) { return; }
    busy = true;
    // Not all at once: many may be looking on.
    setTimeout(function () {
      fetch(location.href, {credentials: 'same-origin'}).then(function (r) {
        if (r.ok) { return r.text().then(take); }
        throw new Error(String(r.status));
      }).catch(broken).then(function () { busy = false; });
    }, Math.random() * 300);
  }
  function poll() {
    polling = true;
    fetch(events.replace(/events$/, 'version'), {credentials: 'same-origin'}).then(function (r) {
      if (!r.ok) { throw new Error(String(r.status)); }
      return r.text();
    }).then(function (v) { connected(); changed(v.trim()); }).catch(broken).then(function () { setTimeout(poll, 3000); });
  }
  if (!window.EventSource) { poll(); return; }
  var source = new EventSource(events);
  source.onopen = connected;
  source.onmessage = function (e) { connected(); changed(e.data); };
  source.onerror = function () {
    broken();
    // Closed for good, or because the page is being left: then nothing more happens here.
    if (source.readyState === 2 && !polling) { polling = true; setTimeout(poll, 1000); }
  };
})();
