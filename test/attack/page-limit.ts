/** Imported by a server before it starts: its databases grow no more from SIGUSR2 on, until SIGCONT. */
import { LimitedDisk } from '../support/limited-disk.ts';

const disk = new LimitedDisk();
process.on('SIGUSR2', () => disk.limit()).on('SIGCONT', () => disk.empty());
