/** `revoke`: has a key work no longer. */
import { Command } from 'commander';
import { inputError } from '../../errors.ts';
import { besideServer, requireDatabase } from '../runs/database.ts';

export function revokeCommand(url: string): Command {
  return new Command('revoke')
    .summary('have a key work no longer')
    .description(
      'Has a key work no longer. Servers that are running refuse it within a second, and close what is open with it; what was stored stays.',
    )
    .argument('<id>', 'of the key, as `list` has it: no secret')
    .action(async (id: string) => {
      await requireDatabase(url);
      const revoked = await besideServer(url, (store) => store.keys.revoke(id));
      if (!revoked)
        throw inputError('id', `There is no key with this id; \`npm run keys -- list\` lists those that there are`);
      console.log(`Key ${id} of ${revoked.name} is revoked.`);
    });
}
