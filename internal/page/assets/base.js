// What a page does beyond HTML. Everything works without it.
(function () {
  'use strict';
  // A pressed button cannot send its form twice.
  document.addEventListener('submit', function (e) {
    var form = e.target;
    // Who signs out leaves no task pack behind (field/app.js).
    if (form.getAttribute('action') === '/w/logout' && window.caches) { caches.delete('suiji-field'); }
    if ((form.getAttribute('method') || '').toLowerCase() !== 'post' || e.defaultPrevented) { return; }
    if (form.hasAttribute('data-sent')) { e.preventDefault(); return; }
    form.setAttribute('data-sent', '');
    form.querySelectorAll('button').forEach(function (b) { b.setAttribute('aria-disabled', 'true'); });
    var said = document.createElement('span');
    said.className = 'sending';
    said.setAttribute('role', 'status');
    said.textContent = '正在保存…';
    form.appendChild(said);
  });
  // A page that comes back from the browser's memory can be sent again.
  window.addEventListener('pageshow', function () {
    document.querySelectorAll('form[data-sent]').forEach(function (form) {
      form.removeAttribute('data-sent');
      form.querySelectorAll('[aria-disabled]').forEach(function (b) { b.removeAttribute('aria-disabled'); });
      form.querySelectorAll('.sending').forEach(function (s) { s.remove(); });
    });
  });
  document.addEventListener('click', function (e) {
    if (e.target.closest('[data-print]')) { window.print(); }
  });
  var problems = document.getElementById('problems');
  if (problems) { problems.focus(); }
})();
