/** One line that says how much of a work is done, where that takes more than a second. */

/** Milliseconds: until it is said at all, and between two times, in a terminal and elsewhere. */
const first = 1000;
const periods = { terminal: 100, log: 10_000 };

/** Draws the line over itself in a terminal, and takes it away when it is disposed of; elsewhere it is a line at a time. */
export function progressOn(stream: NodeJS.WriteStream): Disposable & { readonly show: (line: () => string) => void } {
  let due = performance.now() + first;
  let drawn = false;
  return {
    show(line) {
      const now = performance.now();
      if (now < due) return;
      due = now + (stream.isTTY ? periods.terminal : periods.log);
      drawn = true;
      stream.write(stream.isTTY ? `\r\x1b[K${line().slice(0, stream.columns)}` : `${line()}\n`);
    },
    [Symbol.dispose]() {
      if (stream.isTTY && drawn) stream.write('\r\x1b[K');
    },
  };
}
