// The wall shows what has been worked out, row after row. Nothing is chosen
// here: the rows were all there before the first one is shown, and how many
// are shown hangs on the time since the draw alone, so that every screen shows
// the same and a reload goes on where it was.
(function () {
  'use strict';
  var STEP = 500, MOST = 60000; // ms a row, and for all rows
  var all = document.getElementById('all'), start = 0, mine = 0, timer = 0;
  var still = window.matchMedia && window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  function now() { return start + (Date.now() - mine); }
  function two(n) { return n < 10 ? '0' + n : String(n); }
  function tick() {
    var clock = document.querySelector('.clock'), d = new Date(now() + 8 * 3600000); // Beijing time
    clock.textContent = d.getUTCFullYear() + '-' + two(d.getUTCMonth() + 1) + '-' + two(d.getUTCDate()) + ' ' +
      two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds());
  }
  function show() {
    var rows = document.getElementById('rows');
    clearTimeout(timer);
    if (!rows) { return; }
    var list = rows.querySelectorAll('[data-row]'), n = list.length, step = Math.min(STEP, MOST / n);
    var passed = now() - Number(rows.getAttribute('data-drawn'));
    var due = still || all.getAttribute('aria-pressed') === 'true' || passed < 0 ? n : Math.min(n, Math.floor(passed / step) + 1);
    for (var i = 0; i < n; i++) { list[i].classList.toggle('later', i >= due); }
    rows.querySelectorAll('[data-group]').forEach(function (g) {
      g.classList.toggle('later', g.nextElementSibling.classList.contains('later'));
    });
    if (due < n) {
      list[due - 1].scrollIntoView({block: 'nearest'});
      timer = setTimeout(show, step - passed % step);
    }
  }
  function begin() {
    start = Number(document.querySelector('.clock').getAttribute('data-now'));
    mine = Date.now();
    tick();
    show();
  }
  all.addEventListener('click', function () {
    all.setAttribute('aria-pressed', all.getAttribute('aria-pressed') === 'true' ? 'false' : 'true');
    show();
  });
  document.addEventListener('live', begin);
  setInterval(tick, 1000);
  begin();
})();
