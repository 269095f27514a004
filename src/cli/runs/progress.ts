/** One line that says how much of a work is done, where that takes more than a second. */

/** Milliseconds: until it is said at all, and from one time to the next. */
const inTerminal = { first: 1000, period: 100 };
const elsewhere = { first: 10_000, period: 10_000 };

/** Draws the line over itself in a terminal, and takes it away when it is disposed of; elsewhere, as in a log, it is a new line every ten seconds. */
export function progressOn(stream: NodeJS.WriteStream): Disposable & { readonly show: (line: () => string) => void } {
  const { first, period } = stream.isTTY ? inTerminal : elsewhere;
  let due = performance.now() + first;
  let drawn = false;
  return {
    show(line) {
      const now = performance.now();
      if (now < due) return;
      due = now + period;
      drawn = true;
      stream.write(stream.isTTY ? `\r\x1b[K${line().slice(0, stream.columns)}` : `${line()}\n`);
    },
    [Symbol.dispose]() {
      if (stream.isTTY && drawn) stream.write('\r\x1b[K');
    },
  };
}
