/**
 * `voxwatch active`: rounds of active learning in three commands. `rank` says which unlabelled cases the model is least sure
 * of and pre-segments them, `accept` takes corrected masks back into a training set, `retrain` goes on training with it.
 * @module
 */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import type { ProviderChoice } from '../../daemon/job/job.ts';
import { loadBundle } from '../../runtime/bundle.ts';
import { nodeSessions, providersOf } from '../../runtime/sessions/session-node.ts';
import { type AcceptedCase, acceptRound } from '../active/accept-round.ts';
import { rankFolder } from '../active/rank-folder.ts';
import { rankingTable } from '../active/ranking-text.ts';
import { commandLine, retrainArguments } from '../active/retrain-arguments.ts';
import { type FoundBundle, findBundles } from '../find-bundles.ts';
import { collect, wholeNumber } from '../option-values.ts';
import { formatTable } from '../table.ts';

export function define(command: Command): void {
  command
    .command('rank')
    .description('pre-segment unlabelled cases and rank them by how unsure the model is')
    .argument('<folder>', 'unlabelled CT: NIfTI files, or a folder of DICOM or NIfTI a case')
    .requiredOption('--round <dir>', 'the working folder to make: images, masks to correct, ranking.csv and ranking.json')
    .requiredOption('--model <name|dir>', 'the bundle')
    .option('--show <n>', 'cases in the table that is printed', wholeNumber(1), 20)
    .addOption(new Option('--provider <name>', 'where networks run').choices(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'))
    .option('--json', 'print ranking.json')
    .action(rank);
  command
    .command('accept')
    .description('take corrected masks back into a training set')
    .argument('<round>', 'the working folder that rank made')
    .requiredOption('--into <dir>', 'the training set; it is made where it is not there')
    .option('--corrected <dir>', 'the corrected masks, NAME.nii.gz, where they lie elsewhere than in labelsTr/ of the round')
    .option('--case <name>', 'take this case only (repeatable)', collect)
    .option('--unchanged <name>', 'its pre-segmentation was looked at and is right as it is (repeatable)', collect)
    .option('--replace', 'put a case into the place of one that the set holds under its name')
    .option('--by <name>', 'who corrected the masks, for the record')
    .option('--json', 'print one JSON document')
    .action(accept);
  command
    .command('retrain')
    .description('print and run the voxwatch train that goes on from a bundle with more data')
    .requiredOption('--model <name|dir>', 'the bundle, exported with --with-trained')
    .requiredOption('--data <dir>', 'labelled cases; give the old ones and the training set of the rounds (repeatable)', collect)
    .requiredOption('--out <dir>', 'folder of the training run')
    .option('--print', 'only print the command')
    .argument('[options...]', 'further options of voxwatch train, after --')
    .action(retrain);
}

interface RankOptions {
  readonly round: string;
  readonly model: string;
  readonly show: number;
  readonly provider: ProviderChoice;
  readonly json?: boolean;
}

async function rank(folder: string, options: RankOptions): Promise<void> {
  const { dir } = await findOne(options.model);
  const openSessions = nodeSessions({ providers: providersOf(options.provider) });
  const bundle = await loadBundle(bundleFolder(dir), { openSessions });
  try {
    const ranking = await rankFolder({
      bundle,
      folder,
      round: resolve(options.round),
      onCase: (progress) => process.stderr.write(`${JSON.stringify({ event: 'active.case', ...progress })}\n`),
    });
    process.stdout.write(options.json ? `${JSON.stringify(ranking, null, 2)}\n` : rankingTable(ranking, options.show));
  } finally {
    await bundle.release();
  }
}

interface AcceptOptions {
  readonly into: string;
  readonly corrected?: string;
  readonly case?: readonly string[];
  readonly unchanged?: readonly string[];
  readonly replace?: boolean;
  readonly by?: string;
  readonly json?: boolean;
}

async function accept(round: string, options: AcceptOptions): Promise<void> {
  const results = await acceptRound({
    round: resolve(round),
    set: resolve(options.into),
    ...(options.corrected === undefined ? {} : { corrected: resolve(options.corrected) }),
    ...(options.case ? { cases: options.case } : {}),
    unchanged: options.unchanged ?? [],
    mayReplace: options.replace === true,
    provenance: { acceptedAt: new Date().toISOString(), ...(options.by === undefined ? {} : { correctedBy: options.by }) },
  });
  process.stdout.write(options.json ? `${JSON.stringify({ cases: results }, null, 2)}\n` : acceptTable(results));
  const count = (status: AcceptedCase['status']): number => results.filter((one) => one.status === status).length;
  if (count('refused') > 0)
    throw new VoxwatchError('CASES_FAILED', `${count('refused')} masks were not taken; ${count('accepted')} were.`);
  if (count('accepted') + count('already-there') === 0)
    throw new VoxwatchError(
      'INPUT_EMPTY',
      'No mask was taken: all are still the pre-segmentations. Name those that need no correction with --unchanged.',
    );
}

function acceptTable(results: readonly AcceptedCase[]): string {
  const said = (one: AcceptedCase): string => (one.status === 'refused' ? `${one.message} [${one.code}]` : '');
  const rows = results.map((one) => [one.name, one.status.replace('-', ' '), said(one)]);
  return formatTable(['case', 'what became of it', ''], rows);
}

interface RetrainOptions {
  readonly model: string;
  readonly data: readonly string[];
  readonly out: string;
  readonly print?: boolean;
}

async function retrain(more: readonly string[], { model, data, out, print }: RetrainOptions): Promise<void> {
  const argv = await retrainArguments({ bundle: await findOne(model), data, out, more });
  process.stdout.write(`${commandLine(argv)}\n`);
  if (print) return;
  const { define: defineTrain } = await import('./train.ts');
  const train = new Command('train').exitOverride();
  defineTrain(train);
  await train.parseAsync([...argv.slice(1)], { from: 'user' });
}

async function findOne(model: string): Promise<FoundBundle> {
  const [found] = await findBundles([model]);
  return found as FoundBundle;
}
