/** One line that says how far a download is. */
import type { DownloadProgress } from '../../checkpoint/download.ts';
import { bytesText, durationText } from './text.ts';

const cells = 24;

/** `██████░░░░  42 %  1.2 GB of 2.9 GB  35 MB/s  48 s left` */
export function progressLine({ bytes, total, bytesPerSecond }: DownloadProgress): string {
  const share = total > 0 ? bytes / total : 1;
  const filled = Math.round(share * cells);
  const bar = '█'.repeat(filled) + '░'.repeat(cells - filled);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const left = bytes < total && bytesPerSecond > 0 ? `  ${durationText((total - bytes) / bytesPerSecond)} left` : '';
  return `${bar} ${percent}  ${bytesText(bytes)} of ${bytesText(total)}  ${bytesText(Math.round(bytesPerSecond))}/s${left}`;
}

/** Draws the line over itself in a terminal; elsewhere, as in a log, a new line every ten seconds and at the end. */
export function progressBar(stream: NodeJS.WriteStream): (progress: DownloadProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const line = progressLine(progress);
    const whole = progress.bytes === progress.total;
    if (stream.isTTY) stream.write(`\r\x1b[K${line.slice(0, stream.columns)}`);
    else if (performance.now() - last > 10_000 || whole) {
      last = performance.now();
      stream.write(`${line}\n`);
    }
  };
}
