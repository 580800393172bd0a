/**
 * What was measured of a GPU → a page of Markdown.
 * @module
 */
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';
import type { NetworkAgreement } from './network-agreement.ts';
import type { NodePlacement } from './node-placement.ts';
import type { StudyRun } from './study-run.ts';

/** A line of a table whose work failed says why. */
export type Tried<T> = { readonly value: T } | { readonly failed: string };

export interface StudyLine {
  readonly bundle: string;
  readonly slices: number;
  readonly provider: ExecutionProvider;
  readonly run: Tried<Omit<StudyRun, 'labels'>>;
  /** Voxels whose label is not the CPU's; absent where either is missing. */
  readonly differing?: number;
  /** Labelled on the CPU. */
  readonly foreground?: number;
}

export interface NetworkLine {
  readonly bundle: string;
  readonly stage: string;
  readonly provider: ExecutionProvider;
  readonly placement: Tried<NodePlacement>;
  readonly agreement: Tried<NetworkAgreement>;
}

export interface GpuPage {
  readonly date: string;
  /** How it was called, from the script's name on. */
  readonly command: string;
  /** Sentences: GPU, driver, cores, versions. */
  readonly machine: readonly string[];
  readonly matrix: number;
  readonly studies: readonly StudyLine[];
  readonly networks: readonly NetworkLine[];
}

/** Writes the page. */
export function gpuPage({ date, command, machine, matrix, studies, networks }: GpuPage): string {
  const hasGpu = studies.some(({ provider, run }) => provider !== 'cpu' && 'value' in run);
  const warning = hasGpu ? [] : ['**No figure of a GPU is on this page**: none ran. It is a rehearsal of the script.', ''];
  return [
    `# Studies on a GPU, ${date}`,
    '',
    ...warning,
    `\`node dist/bench/${command}\`. ${machine.join(' ')} Phantoms of ${matrix} × ${matrix} pixels; each study in a fresh worker whose`,
    'networks were loaded and proved before; seconds from the request to the published folder. GPU load by nvidia-smi, ten times a second.',
    '"Differ" counts voxels of the mask whose label is not the CPU\'s.',
    '',
    ...table(
      ['bundle', 'slices', 'provider', 'seconds', 'read', 'segment', 'write', 'GPU busy, mean (most)', 'GPU memory', 'differ'],
      studies.map(studyCells),
    ),
    '',
    '## Networks',
    '',
    'Nodes by where they ran (profile of ONNX Runtime, its own fall-back switched off), and a few slices of the smallest study beside',
    'the CPU. Near ties: the two best classes within 0.001 on the CPU, or the probability within a 255th of its threshold.',
    '',
    ...table(['bundle', 'stage', 'provider', 'nodes', 'pixels', 'differ', 'of them near ties'], networks.map(networkCells)),
    '',
  ].join('\n');
}

function studyCells({ bundle, slices, provider, run, differing, foreground }: StudyLine): string[] {
  const known = [bundle, String(slices), provider];
  if ('failed' in run) return [...known, `not run: ${run.failed}`, '', '', '', '', '', ''];
  const { wallS, secondsByStep, load } = run.value;
  const steps = [secondsByStep.read, secondsByStep.segment, secondsByStep.write].map((seconds) => seconds.toFixed(2));
  const busy = load ? `${load.meanPercent.toFixed(0)} % (${load.mostPercent.toFixed(0)} %)` : '–';
  const memory = load ? `${Math.round(load.mostMemoryMb)} MB` : '–';
  const unlike = differing === undefined ? '–' : `${differing} of ${foreground} labelled`;
  return [...known, wallS.toFixed(2), ...steps, busy, memory, unlike];
}

function networkCells({ bundle, stage, provider, placement, agreement }: NetworkLine): string[] {
  const known = [bundle, stage, provider];
  const nodes =
    'failed' in placement
      ? `not run: ${placement.failed}`
      : Object.entries(placement.value)
          .map(([name, count]) => `${count} ${name.replace('ExecutionProvider', '')}`)
          .join(', ');
  if ('failed' in agreement) return [...known, nodes, `not run: ${agreement.failed}`, '', ''];
  const { pixels, differing, nearTies, largestStep } = agreement.value;
  const step = largestStep === undefined ? '' : ` (largest step ${largestStep})`;
  return [...known, nodes, String(pixels), `${differing}${step}`, String(nearTies)];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
