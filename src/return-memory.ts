/**
 * Starts this process anew with malloc told to give large blocks back when they are freed; imported before all else.
 *
 * By itself glibc learns from the first freed tensor to take all later ones (up to 32 MB) from its heap, where one
 * small allocation behind them keeps gigabytes: of a released model nine tenths stayed in memory. The setting is read
 * when a process starts and never again, so the process replaces itself; its id and its files stay the same. Blocks
 * that the system gives and takes cost a pass of 512 tokens about a tenth of its time; whoever sets the variable decides.
 */
const variable = 'MALLOC_MMAP_THRESHOLD_';
/** Bytes: most weights are larger, most of what a pass makes and drops is smaller, and stays fast. */
const threshold = 2 ** 21;

if (process.platform === 'linux' && process.execve && !process.env[variable]) {
  const environment = { ...process.env, [variable]: String(threshold) };
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], environment);
}
