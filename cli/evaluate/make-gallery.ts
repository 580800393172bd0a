/**
 * The cases with the lowest Dice → their pictures.
 * @module
 */
import type { LabelSet } from '../../core/label-table.ts';
import type { ScoringPlan } from '../../evaluate/regions.ts';
import type { GalleryPicture } from '../../evaluate/report/page.ts';
import type { ScoredCase } from '../../evaluate/score-document.ts';
import type { CaseFiles } from './data-set.ts';
import { drawOutlines } from './outline-picture.ts';
import type { PredictionSource } from './prediction-source.ts';
import { fitPrediction, readDigested, readImage, readTruth } from './read-case.ts';

export interface GalleryJob {
  readonly files: readonly CaseFiles[];
  readonly source: PredictionSource;
  readonly labels: LabelSet;
  readonly renamed?: ReadonlyMap<number, number>;
  readonly plan: ScoringPlan;
  readonly count: number;
}

/** Draws the lowest cases; each in the region where its Dice is lowest. A case whose files are gone is left out. */
export async function makeGallery(cases: readonly ScoredCase[], job: GalleryJob): Promise<GalleryPicture[]> {
  const ranked = cases
    .flatMap(({ name, regions }) => {
      const [lowest] = regions
        .flatMap(({ region, values }) => (values.dice === null ? [] : [{ name, region, dice: values.dice }]))
        .sort((a, b) => a.dice - b.dice);
      return lowest ? [lowest] : [];
    })
    .sort((a, b) => a.dice - b.dice || a.name.localeCompare(b.name, 'en'))
    .slice(0, job.count);
  const pictures: GalleryPicture[] = [];
  for (const entry of ranked) {
    const picture = await draw(entry, job).catch(() => undefined);
    if (picture) pictures.push(picture);
  }
  return pictures;
}

async function draw(
  { name, region, dice }: { readonly name: string; readonly region: string; readonly dice: number },
  { files, source, labels, renamed, plan }: GalleryJob,
): Promise<GalleryPicture | undefined> {
  const own = files.find((entry) => entry.name === name) as CaseFiles;
  const truth = readTruth((await readDigested(own.truth)).bytes, labels, renamed);
  const { prediction } = fitPrediction(await source.readMask(own), truth, { labels, mayResample: true });
  const image = own.image === undefined ? undefined : (await readImage(own.image)).volume;
  const fits = image?.geometry.sizeVoxels.join() === truth.geometry.sizeVoxels.join();
  const wanted = plan.regions.find((candidate) => candidate.name === region)?.labels ?? [];
  const drawn = await drawOutlines({ image: fits ? image : undefined, truth, prediction, labels: wanted });
  if (!drawn) return undefined;
  const caption = `Axial slice ${drawn.slice} of ${drawn.slices} from the feet${fits ? '' : '; no image beside the masks'}`;
  return { name, region, dice, caption, jpegBase64: Buffer.from(drawn.jpeg).toString('base64') };
}
