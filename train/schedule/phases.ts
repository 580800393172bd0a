/**
 * The phases of a stage laid end to end: which step is in which, and how many there are.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { EpochPhase, TrainingPhase } from '../recipe.ts';

/** A step of a stage, as its phase sees it. */
export interface PhaseStep {
  readonly phase: TrainingPhase;
  /** Number of the phase, from 0. */
  readonly index: number;
  /** Steps of the phase that are done. */
  readonly step: number;
  /** Of the phase. */
  readonly steps: number;
}

/** @param slices - Training slices that there are. */
export function stepsPerEpoch({ batchSize }: Pick<EpochPhase, 'batchSize'>, slices: number): number {
  return Math.ceil(slices / batchSize);
}

export function phaseSteps(phase: TrainingPhase, slices: number): number {
  return phase.kind === 'sampled' ? phase.steps : phase.epochs * stepsPerEpoch(phase, slices);
}

export function countSteps(phases: readonly TrainingPhase[], slices: number): number {
  return phases.reduce((sum, phase) => sum + phaseSteps(phase, slices), 0);
}

/**
 * @param step - Steps of the stage that are done.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` for a step after the last.
 */
export function phaseStepAt(phases: readonly TrainingPhase[], slices: number, step: number): PhaseStep {
  let first = 0;
  for (const [index, phase] of phases.entries()) {
    const steps = phaseSteps(phase, slices);
    if (step < first + steps) return { phase, index, step: step - first, steps };
    first += steps;
  }
  throw new VoxwatchError('INVALID_ARGUMENT', `A run of ${first} steps has no step ${step}.`, { step, steps: first });
}

/** Whether a phase's step of this number, from 0, is the last of its epoch. */
export function endsEpoch({ phase, step }: PhaseStep, slices: number): boolean {
  return phase.kind === 'epochs' && (step + 1) % stepsPerEpoch(phase, slices) === 0;
}
