/** Where what has the focus is taken away, something near has it next: nobody is sent back to the beginning of the page. */

const focusable = ':is(a[href], button, input, select, textarea, [tabindex]):not(:disabled, [tabindex="-1"])';

/** As long as the page is open. */
export function keepFocus(): void {
  /** What had the focus last, and all that it stands in, from the inside out. */
  let path: readonly Element[] = [];
  addEventListener('focusin', ({ target }) => {
    path = target instanceof Element ? withAncestors(target) : [];
  });
  // Whoever points beside everything wants the focus nowhere.
  addEventListener('pointerdown', () => {
    path = [];
  });
  new MutationObserver(() => {
    const [last] = path;
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    for (const box of path.filter((element) => element.isConnected)) {
      const [next] = box.querySelectorAll<HTMLElement>(focusable);
      if (!next) continue;
      next.focus();
      return;
    }
  }).observe(document.body, { childList: true, subtree: true });
}

function withAncestors(element: Element): Element[] {
  const all: Element[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) all.push(at);
  return all;
}
