/** For tests of the page: what axe-core finds fault with. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.0 and 2.1 up to AA, and what else is good practice. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/**
 * Of the page as it stands: each rule that is broken, where, and why. Its policy allows no script of others, a debugger does.
 * @param part a selector: only what is in it
 */
export async function violations(page: Page, part = ':root'): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  if (!isThere) await page.evaluate(axe.source);
  return page.evaluate(
    async ([part, tags]) => {
      const { axe } = globalThis as unknown as { axe: { run(what: string, options: object): Promise<Found> } };
      const { violations } = await axe.run(part, { runOnly: tags, resultTypes: ['violations'] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
      );
    },
    [part, rules] as const,
  );
}
