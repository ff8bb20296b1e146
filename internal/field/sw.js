// Serves the pages of a task pack where there is no signal. What is fresh is
// always preferred; nothing is kept that app.js has not put here.
'use strict';
const CACHE = 'suiji-field';
const OFF = '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>离线</title>' +
  '<h1>没有信号</h1><p>这一页没有下载到手机里。已经填写的内容都在手机里，没有丢失。</p><p><a href="/m">回到任务列表</a></p>';

self.addEventListener('install', () => { self.skipWaiting(); });
self.addEventListener('activate', e => { e.waitUntil(self.clients.claim()); });
self.addEventListener('fetch', e => {
  const u = new URL(e.request.url), p = u.pathname;
  if (e.request.method !== 'GET' || u.origin !== self.location.origin || p === '/m/pack.json') { return; }
  if (p === '/m' || p.startsWith('/m/') || p.startsWith('/static/')) { e.respondWith(answer(e.request, p)); }
});

function within(ms, promise) {
  return Promise.race([promise, new Promise((_, no) => { setTimeout(() => no(new Error('too slow')), ms); })]);
}

async function answer(request, path) {
  const cache = await caches.open(CACHE), kept = await cache.match(request.url);
  if (kept && path.startsWith('/static/')) { return kept; }
  try {
    const fresh = await within(kept ? 5000 : 60000, fetch(request));
    if (kept && fresh.ok && !fresh.redirected) { await cache.put(request.url, fresh.clone()); }
    return fresh;
  } catch (e) {
    return kept || new Response(OFF, {status: 503, headers: {'Content-Type': 'text/html; charset=utf-8'}});
  }
}
