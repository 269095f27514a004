/** One line that says how far a download is, or the writing of a file. */
import type { ByteProgress } from '../../checkpoint/progress.ts';
import { bytesText, durationText } from './text.ts';

const cells = 24;

/** `██████░░░░  42 %  1.2 GB of 2.9 GB  35 MB/s  48 s left` */
export function progressLine({ bytes, total, bytesPerSecond }: ByteProgress): string {
  const share = total > 0 ? bytes / total : 1;
  const filled = Math.round(share * cells);
  const bar = '█'.repeat(filled) + '░'.repeat(cells - filled);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const left = bytes < total && bytesPerSecond > 0 ? `  ${durationText((total - bytes) / bytesPerSecond)} left` : '';
  return `${bar} ${percent}  ${bytesText(bytes)} of ${bytesText(total)}  ${bytesText(Math.round(bytesPerSecond))}/s${left}`;
}

/**
 * Draws the line over itself in a terminal, and ends it when it is disposed of; elsewhere, as in a log, a new line every ten
 * seconds and at the end.
 */
export function progressBar(stream: NodeJS.WriteStream): Disposable & { show: (progress: ByteProgress) => void } {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(progress) {
      const line = progressLine(progress);
      const whole = progress.bytes === progress.total;
      const due = performance.now() - last > 10_000 || whole;
      if (stream.isTTY || due) last = performance.now();
      if (stream.isTTY) stream.write(`\r\x1b[K${line.slice(0, stream.columns)}`);
      else if (due) stream.write(`${line}\n`);
    },
    [Symbol.dispose]() {
      if (stream.isTTY && last !== Number.NEGATIVE_INFINITY) stream.write('\n');
    },
  };
}
