/**
 * The design of anatomies: everything that is drawn for one, as plain data that fits into a JSON file.
 * @module
 */
import { VoxwatchError } from '../../../core/errors.ts';
import { type FieldRule, numberWithin } from '../../augmentation/fields.ts';
import { CONTRAST_PHASES } from '../tissue.ts';
import { SCANNER, SCANNER_RULES, type ScannerDesign } from './acquire.ts';
import { BEND, BEND_RULES, type BendDesign } from './bend.ts';
import { CONTRAST, CONTRAST_RULES, type ContrastDesign, HU_TABLE, type HuTable, isRecord } from './contrast.ts';
import { CHEST, CHEST_RULES, type ChestDesign } from './extend-chest.ts';
import { KIDNEY_LESION_RULES, KIDNEY_LESIONS, type KidneyLesionDesign } from './kidney-lesions.ts';
import { LIVER_LESION_RULES, LIVER_LESIONS, type LiverLesionDesign } from './liver-lesions.ts';
import { PAINT, PAINT_RULES, type PaintDesign } from './paint.ts';
import { SCAN_PLAN, SCAN_PLAN_RULES, type ScanPlanDesign } from './plan-scan.ts';
import { CODES, type Tissue } from './tissues.ts';
import { type TruthDesign, truthTable } from './truth.ts';

export interface AnatomyDesign {
  /** Edge of the cubes that label maps are brought to. */
  readonly workMm: number;
  /** Organ name → tissue, for organs that go by other names than those known. */
  readonly tissues: Readonly<Record<string, Tissue>>;
  readonly truth: TruthDesign;
  readonly chest: ChestDesign;
  readonly bend: BendDesign;
  readonly contrast: ContrastDesign;
  readonly hu: HuTable;
  readonly paint: PaintDesign;
  readonly liverLesions: LiverLesionDesign;
  readonly kidneyLesions: KidneyLesionDesign;
  readonly scan: ScanPlanDesign;
  readonly scanner: ScannerDesign;
}

/** Liver and kidneys with their lesions; a cyst counts as a lesion of the kidney. */
export const DEFAULT_TRUTH: TruthDesign = { liver: 1, 'liver-lesion': 2, kidney: 3, 'kidney-lesion': 4, 'kidney-cyst': 4 };

export const DEFAULT_DESIGN: AnatomyDesign = {
  workMm: 3,
  tissues: {},
  truth: DEFAULT_TRUTH,
  chest: CHEST,
  bend: BEND,
  contrast: CONTRAST,
  hu: HU_TABLE,
  paint: PAINT,
  liverLesions: LIVER_LESIONS,
  kidneyLesions: KIDNEY_LESIONS,
  scan: SCAN_PLAN,
  scanner: SCANNER,
};

type Section = 'chest' | 'bend' | 'contrast' | 'paint' | 'liverLesions' | 'kidneyLesions' | 'scan' | 'scanner';

const SECTION_RULES: Readonly<Record<Section, Readonly<Record<string, FieldRule>>>> = {
  chest: CHEST_RULES,
  bend: BEND_RULES,
  contrast: CONTRAST_RULES,
  paint: PAINT_RULES,
  liverLesions: LIVER_LESION_RULES,
  kidneyLesions: KIDNEY_LESION_RULES,
  scan: SCAN_PLAN_RULES,
  scanner: SCANNER_RULES,
};

/**
 * Takes what a JSON file states over the default: a section keeps the fields that are not stated, `truth` and `tissues` are
 * taken whole.
 * @throws {VoxwatchError} `CONFIG_INVALID`, naming the section and the field and what it must be.
 */
export function completeDesign(stated: unknown): AnatomyDesign {
  if (!isRecord(stated)) throw wrong('The design of anatomies is a JSON object.');
  const unknown = Object.keys(stated).filter((key) => !Object.hasOwn(DEFAULT_DESIGN, key));
  if (unknown.length > 0)
    throw wrong(`The design of anatomies has a section that is not known; there are: ${Object.keys(DEFAULT_DESIGN).join(', ')}.`);
  const sections = (Object.keys(SECTION_RULES) as Section[]).map(
    (name) => [name, completeSection(name, stated[name] ?? {})] as const,
  );
  const { workMm = DEFAULT_DESIGN.workMm, tissues = {}, truth = DEFAULT_TRUTH, hu = {} } = stated;
  const wrongSize = numberWithin(0.5, 10)(workMm);
  if (wrongSize) throw wrong(`workMm of the design must be ${wrongSize}.`);
  if (!isRecord(tissues) || Object.values(tissues).some((tissue) => !Object.hasOwn(CODES, String(tissue)) || tissue === 'air'))
    throw wrong(`tissues of the design must be organ names with one of: ${Object.keys(CODES).slice(1).join(', ')}.`);
  if (!isRecord(truth)) throw wrong('truth of the design must be names of tissues with their labels.');
  truthTable(truth as TruthDesign);
  return { ...DEFAULT_DESIGN, ...Object.fromEntries(sections), workMm, tissues, truth, hu: completeHu(hu) } as AnatomyDesign;
}

function completeSection(name: Section, stated: unknown): unknown {
  const rules = SECTION_RULES[name];
  if (!isRecord(stated)) throw wrong(`${name} of the design must be an object.`);
  for (const [field, value] of Object.entries(stated)) {
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (!rule) throw wrong(`${name} of the design has no such field; it has: ${Object.keys(rules).join(', ')}.`);
    const expected = rule(value);
    if (expected !== undefined) throw wrong(`${name}.${field} of the design must be ${expected}.`);
  }
  return { ...DEFAULT_DESIGN[name], ...stated };
}

/** Tissues of the table are replaced whole: a mean and a deviation for each phase. */
function completeHu(stated: unknown): HuTable {
  const isSpread = (value: unknown): boolean =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && (value[1] as number) >= 0;
  const isRow = (value: unknown): boolean => isRecord(value) && CONTRAST_PHASES.every((phase) => isSpread(value[phase]));
  if (!isRecord(stated) || !Object.entries(stated).every(([tissue, row]) => Object.hasOwn(CODES, tissue) && isRow(row)))
    throw wrong(`hu of the design must be tissues with [mean, deviation] for each of ${CONTRAST_PHASES.join(', ')}.`);
  return { ...HU_TABLE, ...(stated as Partial<HuTable>) } as HuTable;
}

function wrong(message: string): VoxwatchError {
  return new VoxwatchError('CONFIG_INVALID', message);
}
