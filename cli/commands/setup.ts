/**
 * `voxwatch setup training [--from DIR]`: brings the native addon that training is fast on.
 * @module
 */
import { Argument, type Command } from 'commander';
import { startBackend } from '../../train/backend.ts';
import { installNativeBackend } from '../../train/install-native.ts';

export function define(command: Command): void {
  command
    .addArgument(new Argument('<part>', 'what to set up').choices(['training']))
    .option('--from <dir>', 'folder with the tensorflow-cpu wheel, for machines without network')
    .action(async (_part: string, options: { from?: string }) => {
      await installNativeBackend({ ...options, onStep: (sentence) => process.stderr.write(`${sentence}\n`) });
      const backend = await startBackend('tensorflow');
      process.stdout.write(`Training runs on the ${backend.name} backend now.\n`);
    });
}
