// What can be seen of a layout: nothing is cut off, covered or too small to hit. Returns sentences.
(kind) => {
  const found = [];
  const dialog = document.querySelector('dialog[open]');
  const curtain = document.querySelector('#overlay:not([hidden])');
  const isStage = document.body.dataset.screen === 'call';
  const name = (element) => element.id || `${element.localName} "${element.textContent.trim()}"`;

  if (document.documentElement.scrollWidth > innerWidth) {
    found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${innerWidth}`);
  }
  const all = (dialog ?? document.body).querySelectorAll('button, a, input, select, textarea, label');
  for (const element of all) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0) continue;
    if (box.left < 0 || box.right > innerWidth + 0.5) found.push(`${name(element)} hangs over the edge`);
    if (isStage && !dialog && (box.top < 0 || box.bottom > innerHeight)) {
      found.push(`${name(element)} is outside the window`);
    }
    const least = { a: 24, label: 0 }[element.localName] ?? 44;
    const isBox = element.matches('input[type=checkbox], input[type=radio]');
    if (kind === 'phone' && !isBox && Math.min(box.height, box.width) < least) {
      found.push(`${name(element)} is ${Math.round(box.width)} x ${Math.round(box.height)}`);
    }
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const top = y > 0 && y < innerHeight ? document.elementFromPoint(x, y) : null;
    if (top && !curtain && element.localName !== 'label' && !element.contains(top)
      && !top.contains(element) && !top.closest('.notice')) {
      found.push(`${name(element)} is covered by ${name(top).slice(0, 60)}`);
    }
  }
  for (const element of document.querySelectorAll('button, h1, h2, p, dd, label')) {
    if (!element.checkVisibility() || element.matches('.spoken')) continue;
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
      && getComputedStyle(element).overflowX !== 'visible') {
      found.push(`the text of ${name(element)} is cut off`);
    }
  }
  return found;
}
