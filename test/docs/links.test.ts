/** What the documentation names is there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { pages, root, textOf } from './pages.ts';

/** Folders of `src/` in the order in which a request passes them: a folder imports only those below it. */
const floors = ['server', 'api', 'runs', 'jobs', 'explain', 'inference', 'onnx', 'architecture', 'checkpoint'];

const links = (text: string) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** As GitHub makes them of titles. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documentation', () => {
  for (const page of pages) {
    it(`links to what is there: ${page}`, () => {
      for (const target of links(textOf(page)).filter((target) => !/^https?:/.test(target))) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        assert.ok(existsSync(join(root, file)), `${target}: no such file`);
        if (anchor !== undefined) assert.ok(anchors(textOf(file)).includes(anchor), `${target}: no such section`);
      }
    });

    it(`names files that are there: ${page}`, () => {
      for (const [, path = ''] of textOf(page).matchAll(/`((?:src|test|docs|schema|prisma)\/[\w./-]*)`/g))
        assert.ok(existsSync(join(root, path)), path);
    });
  }

  it('goes the way of a request down and back up, and turns round nowhere', () => {
    const ways = textOf('docs/request.md').split(/^## /m).slice(1);
    assert.ok(ways.length >= 2);
    for (const way of ways) {
      const steps = [...way.matchAll(/^\d+\. \[[^\]]*\]\(\.\.\/src\/([\w-]+)\//gm)].map(([, folder = '']) => folder);
      const depths = steps.map((folder) => floors.indexOf(folder));
      assert.deepEqual(steps.length, way.match(/^\d+\. /gm)?.length, 'each step begins with a file');
      const bottom = depths.indexOf(Math.max(...depths));
      const sorted = [
        ...depths.slice(0, bottom).toSorted((a, b) => a - b),
        ...depths.slice(bottom).toSorted((a, b) => b - a),
      ];
      assert.deepEqual(depths, sorted, steps.join(' → '));
      assert.equal(steps[0], 'server');
      assert.equal(steps.at(-1), 'server');
    }
  });
});
