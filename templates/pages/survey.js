// Sends the chosen answer by itself once somebody is there. Without it one button does the same.
(() => {
  'use strict';
  const form = document.forms[0], said = document.getElementById('said');
  if (!form || !said || !window.fetch || !window.URLSearchParams) return;
  const words = form.dataset, button = form.querySelector('button'), comment = form.elements.comment;
  const REST = 1500, LOOK = 700, PRESS = 3000;

  // what a browser opens ahead of need is told apart by the desk, so it is asked for again
  if (document.prerendering) {
    document.addEventListener('prerenderingchange', () => location.reload());
    return;
  }
  // a tab that comes back shows what was saved, not what was tapped in the mail days ago
  const forget = () => history.replaceState(null, '', location.pathname);
  const chosen = name => {
    const input = form.querySelector('[name=' + name + ']:checked');
    return input ? input.value : '';
  };
  const answer = text => new URLSearchParams({
    score: chosen('score'), about: chosen('about'), comment: text, by: 'signs',
  }).toString();
  const tell = text => { if (said.textContent !== text) said.textContent = text; };

  // a form that other scripts send is no person's
  const by = document.createElement('input');
  by.type = 'hidden';
  by.name = 'by';
  by.value = 'script';
  form.append(by);

  let kept = comment.defaultValue, saved = '', person = false, byKeys = false, refused = false;
  let busy = false, leaving = false, again = false, failures = 0, seen = Infinity;
  let timer = 0, due = 0, held = 0;
  let place, motion, shakes = 0;
  if (words.state === 'saved') {
    saved = answer(kept);
    again = true;
    forget();
  }

  const look = () => { seen = document.visibilityState === 'visible' ? performance.now() : Infinity; };
  const arm = () => {
    clearTimeout(timer);
    if (person && seen < Infinity) {
      timer = setTimeout(send, Math.max(due, seen + LOOK, held) - performance.now());
    }
  };
  const soon = wait => {
    due = performance.now() + wait;
    arm();
  };
  const typedKeys = () => byKeys && form.contains(document.activeElement);

  async function send() {
    timer = 0;
    if (busy || refused || leaving || seen === Infinity || !chosen('score')) return;
    const body = answer(kept);
    if (body === saved) return;
    busy = true;
    let status = 0;
    try {
      const sent = await fetch(location.pathname, {
        method: 'POST', body: new URLSearchParams(body), credentials: 'omit', keepalive: true,
      });
      status = sent.status;
    } catch (_) { /* no network: tried again below */ }
    busy = false;
    if (status >= 200 && status < 300) {
      saved = body;
      failures = 0;
      tell(words.thanks);
      words.state = 'saved';
      button.textContent = words.save;
      forget();
      if (!again && !typedKeys()) comment.focus({ preventScroll: true });
      again = true;
      if (answer(kept) !== saved) soon(REST);
    } else {
      tell(words.press);
      if (status >= 400 && status < 500) refused = true;
      else if (++failures < 4) soon(2000 * failures);
    }
  }

  const sign = () => {
    if (person) return;
    person = true;
    soon(0);
  };
  const on = (type, act) => addEventListener(type, event => { if (event.isTrusted) act(event); },
    { capture: true, passive: true });
  on('keydown', () => { byKeys = true; sign(); });
  for (const type of ['pointerdown', 'touchstart', 'mousedown']) {
    on(type, () => {
      byKeys = false;
      held = performance.now() + PRESS;
      sign();
      if (timer) arm();
    });
  }
  // a press that has yet to end may be the button's, and that one is sent by the form
  for (const type of ['pointerup', 'pointercancel', 'touchend', 'touchcancel', 'mouseup']) {
    on(type, () => {
      held = 0;
      if (timer) arm();
    });
  }
  for (const type of ['wheel', 'click']) on(type, sign);
  // a page that opens under a resting mouse gets one move: two places are a hand's
  for (const type of ['pointermove', 'mousemove']) {
    on(type, event => {
      const here = event.screenX + ' ' + event.screenY;
      if (place !== undefined && place !== here) sign();
      place = here;
    });
  }
  // a phone on a table stands still; in a hand it never does
  on('devicemotion', event => {
    const a = event.accelerationIncludingGravity;
    if (person || !a || a.x === null) return;
    const here = [a.x, a.y, a.z];
    if (motion && Math.hypot(...here.map((v, i) => v - motion[i])) > 0.15 && ++shakes >= 3) sign();
    motion = here;
  });

  form.addEventListener('change', event => {
    if (event.target === comment) return;
    refused = false;
    soon(again || byKeys ? REST : 0);
  });
  form.addEventListener('submit', event => {
    if (!person) {
      event.preventDefault();
      tell(words.press);
      return;
    }
    leaving = true;
    by.disabled = true;
  });
  comment.addEventListener('keydown', event => {
    if (event.isTrusted && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      form.requestSubmit(button);
    }
  });

  // words that nobody sent yet leave with the page
  const leave = () => {
    if (!person || leaving || !chosen('score')) return;
    const body = answer(comment.value.trim());
    const isNew = comment.value.trim() !== kept.trim();
    if (body === saved || (refused && !isNew)) return;
    if (navigator.sendBeacon && navigator.sendBeacon(location.pathname, new URLSearchParams(body))) {
      saved = body;
      kept = comment.value.trim();
    }
  };
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => {
    look();
    if (seen < Infinity) soon(0);
    // phones end a page in the background without a further word
    else if (matchMedia('(pointer: coarse)').matches) leave();
  });
  addEventListener('pageshow', () => { leaving = false; by.disabled = false; });

  look();
  setTimeout(() => { if (!person && chosen('score') && !again) tell(words.wait); }, 2500);
})();
