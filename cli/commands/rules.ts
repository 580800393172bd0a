/**
 * `voxwatch rules test`: what the rules of a config file would do with the series of a folder. Nothing is segmented, and
 * no pixel is decoded.
 * @module
 */
import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { resolveConfig } from '../../daemon/config.ts';
import { refuseAllForBroken } from '../../daemon/intake/company.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { decideSeries, type SeriesDecision } from '../../daemon/rules/decide-series.ts';
import type { SeriesTraits } from '../../daemon/rules/series-traits.ts';
import type { WorkPlan } from '../../daemon/rules/work-plan.ts';
import { planWork } from '../plan-work.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import { readSources } from '../watch-options.ts';

export function define(command: Command): void {
  command
    .command('test')
    .description('show what would become of each series of a folder')
    .argument('<folder>', 'a folder, or file, of DICOM or NIfTI')
    .option('--config <file>', 'JSON file with the rules; default: no rules')
    .option('--json', 'print one JSON document')
    .action(async (folder: string, { config, json }: { config?: string; json?: boolean }) => {
      const tested = await testRules(folder, await readPlan(config));
      process.stdout.write(json ? `${JSON.stringify({ series: tested }, null, 2)}\n` : ruleTable(tested));
    });
}

/** What becomes of one series. Traits are shown to who writes the rules, on the screen alone. */
export interface TestedSeries {
  readonly name: string;
  readonly files: number;
  readonly traits?: SeriesTraits;
  readonly decision: SeriesDecision | { readonly kind: 'refused'; readonly code: string; readonly message: string };
}

/** The folders of the daemon play no part here; its other options are checked all the same. */
async function readPlan(configFile: string | undefined): Promise<WorkPlan> {
  const sources = await readSources({}, configFile);
  const given = { in: '/in', out: '/out' };
  return planWork(resolveConfig({ ...sources, flags: given }));
}

/**
 * Discovers as the daemon does, and decides as it does once everything has arrived.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `INPUT_EMPTY`.
 */
export async function testRules(folder: string, { rules, defaultBundles }: WorkPlan): Promise<readonly TestedSeries[]> {
  const { series } = refuseAllForBroken(await discoverSeries(folder, { nameLooseFilesBy: 'digest' }));
  if (series.length === 0) throw new VoxwatchError('INPUT_EMPTY', 'There is no series in the folder.');
  const usable = series.flatMap(({ traits, refusal }) => (traits && !refusal ? [traits] : []));
  const decisions = new Map(decideSeries(usable, rules, defaultBundles).map((decision, index) => [usable[index], decision]));
  return series.map(({ name, files, traits, refusal }) => {
    const known = { name, files: files.length, ...(traits && { traits }) };
    if (refusal) return { ...known, decision: { kind: 'refused', ...refusal } };
    return { ...known, decision: decisions.get(traits) as SeriesDecision };
  });
}

export function ruleTable(tested: readonly TestedSeries[]): string {
  const rows = tested.map(({ name, files, traits, decision }) => {
    const {
      slices = files,
      thicknessMm,
      kernel = '',
      bodyPart = '',
      description = '',
      orientation = '',
    } = traits ?? { kind: 'dicom' };
    const seen = [name, String(slices), thicknessMm?.toFixed(2) ?? '', orientation, kernel, bodyPart, description];
    return [...seen.map(printable), ruleOf(decision), outcomeOf(decision)];
  });
  return formatTable(['series', 'slices', 'mm', 'plane', 'kernel', 'body part', 'description', 'rule', 'outcome'], rows);
}

function ruleOf(decision: TestedSeries['decision']): string {
  return decision.kind === 'refused' ? '' : (decision.rule ?? '');
}

function outcomeOf(decision: TestedSeries['decision']): string {
  if (decision.kind === 'chosen') return `→ ${decision.bundles.join(', ')}`;
  return `${decision.kind === 'refused' ? 'refused' : 'not chosen'} (${decision.code}): ${decision.message}`;
}
