/**
 * The commands by name. Each one's module is loaded only when it is called, so that `--help` answers at once.
 * @module
 */
import type { Command } from 'commander';

/** A module of `cli/commands/`: adds its arguments, options and action to the command it is given. */
export interface CommandModule {
  define(command: Command): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'watch', summary: 'watch a folder and segment each study that comes in', load: () => import('./commands/watch.ts') },
  { name: 'rules', summary: 'show which series go to which bundle', load: () => import('./commands/rules.ts') },
  { name: 'segment', summary: 'segment files or folders now', load: () => import('./commands/segment.ts') },
  { name: 'convert', summary: 'write a series as int16 HU NIfTI on its native grid', load: () => import('./commands/convert.ts') },
  { name: 'inspect', summary: 'show series, geometry and findings of an input', load: () => import('./commands/inspect.ts') },
  { name: 'train', summary: 'train the stages of a recipe', load: () => import('./commands/train.ts') },
  { name: 'active', summary: 'rank cases to correct, take corrections back, retrain', load: () => import('./commands/active.ts') },
  { name: 'export', summary: 'turn a trained recipe into a model bundle', load: () => import('./commands/export.ts') },
  { name: 'import', summary: 'wrap an ONNX file made elsewhere into a bundle', load: () => import('./commands/import.ts') },
  { name: 'amend', summary: 'add variants, WebGPU networks or a domain to a bundle', load: () => import('./commands/amend.ts') },
  { name: 'verify', summary: 'check a bundle: checksums, golden slice', load: () => import('./commands/verify.ts') },
  { name: 'evaluate', summary: 'score a bundle or masks on labelled cases', load: () => import('./commands/evaluate.ts') },
  {
    name: 'synthesize',
    summary: 'make studies with truth: phantoms, or anatomies out of label maps',
    load: () => import('./commands/synthesize.ts'),
  },
  { name: 'models', summary: 'list the bundles at hand', load: () => import('./commands/models.ts') },
  {
    name: 'doctor',
    summary: 'say what works on this machine and how to mend the rest',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'setup', summary: 'bring native parts that npm cannot bring', load: () => import('./commands/setup.ts') },
  { name: 'demo', summary: 'run the main job on two phantom studies', load: () => import('./commands/demo.ts') },
];
