// A form that a passkey signs (WebAuthn). Without this script, or on a browser
// that has no passkeys, the form's other way stays. Chromium 78 has none of the
// helpers for JSON, so base64url is read and written here.
(function () {
  'use strict';
  function bytes(s) {
    var t = atob(s.replace(/-/g, '+').replace(/_/g, '/')), b = new Uint8Array(t.length);
    for (var i = 0; i < t.length; i++) { b[i] = t.charCodeAt(i); }
    return b;
  }
  function text(buffer) {
    var b = new Uint8Array(buffer), t = '';
    for (var i = 0; i < b.length; i++) { t += String.fromCharCode(b[i]); }
    return btoa(t).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  }
  function named(list) {
    return (list || []).map(function (c) {
      var d = { type: c.type, id: bytes(c.id) };
      if (c.transports) { d.transports = c.transports; }
      return d;
    });
  }
  // ask takes what the server said to the device.
  function ask(options, enrol) {
    var o = options.publicKey;
    o.challenge = bytes(o.challenge);
    if (!enrol) {
      o.allowCredentials = named(o.allowCredentials);
      return navigator.credentials.get({ publicKey: o });
    }
    o.user.id = bytes(o.user.id);
    o.excludeCredentials = named(o.excludeCredentials);
    return navigator.credentials.create({ publicKey: o });
  }
  // signed is what the device answered, as JSON.
  function signed(c) {
    var r = { clientDataJSON: text(c.response.clientDataJSON) };
    if (c.response.attestationObject) {
      r.attestationObject = text(c.response.attestationObject);
      if (c.response.getTransports) { r.transports = c.response.getTransports(); }
    } else {
      r.authenticatorData = text(c.response.authenticatorData);
      r.signature = text(c.response.signature);
      if (c.response.userHandle) { r.userHandle = text(c.response.userHandle); }
    }
    return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response: r, clientExtensionResults: {} });
  }
  function refusal(e) {
    switch (e && e.name) {
      case 'NotAllowedError': return '设备没有核对成功，可能是取消了或者等得太久，没有办理。可以再试一次，也可以用别的办法。';
      case 'InvalidStateError': return '这台设备上的通行密钥已经登记过，没有再登记。';
      case 'SecurityError': return '现在的网址不能使用通行密钥，没有办理。';
      case 'NotSupportedError': return '这台设备不支持本系统要求的通行密钥，没有办理。';
      default: return (e && e.sentence) || '没有收到设备或服务器的回答，没有办理。请再试一次。';
    }
  }
  function start(form) {
    var part = form.querySelector('[data-passkey-part]'), said = form.querySelector('[data-passkey-said]');
    var enrol = form.getAttribute('data-passkey') === 'enrol', origin = form.getAttribute('data-origin');
    if (!window.PublicKeyCredential || !navigator.credentials) {
      said.textContent = '这个浏览器不支持通行密钥，或者网址不是 https。请用别的办法。';
      return;
    }
    if (location.origin !== origin) {
      said.textContent = '通行密钥只在 ' + origin + ' 有效，现在打开的是另一个网址。';
      return;
    }
    part.hidden = false;
    var button = part.querySelector('button');
    button.addEventListener('click', function () {
      var name = form.querySelector('[name="name"]');
      if (name && !name.reportValidity()) { return; }
      button.disabled = true;
      said.textContent = '请按设备的提示核对…';
      fetch('/w/login/passkey', {
        method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'for=' + (enrol ? 'enrol' : 'show')
      }).then(function (res) {
        return res.json().then(function (o) {
          if (!res.ok) { throw { sentence: o.sentence }; }
          return ask(o, enrol);
        });
      }).then(function (c) {
        form.querySelector('[data-answer]').value = signed(c);
        form.submit();
      }).catch(function (e) {
        button.disabled = false;
        said.textContent = refusal(e);
      });
    });
  }
  document.querySelectorAll('form[data-passkey]').forEach(start);
})();
