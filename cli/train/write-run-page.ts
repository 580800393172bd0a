/**
 * The folder of a training run, finished, stopped or still being trained → its `report.html`.
 * @module
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { SOFTWARE } from '../../daemon/results/software.ts';
import { HISTORY_DOCUMENT_FILE, readHistoryDocument, writeHistoryDocument } from '../../train/report/history-document.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { type PagePictures, type PageStage, runPage } from './run-page.ts';
import { readPictures } from './stage-pictures.ts';

/** Its name in the folder of the run. */
export const PAGE_FILE = 'report.html';

/** Folders of stages, as `stageFolder` of train/run/trained-facts.ts names them. */
const STAGE_FOLDER = /^stage-(\d+)$/;

/**
 * Brings `history.json` of each stage up to date with its `history.csv` and writes the page.
 * @param folder - Of the run.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND` where there is no stage with a `history.json`; `INPUT_CORRUPT` for a damaged file.
 */
export async function writeRunPage(folder: string): Promise<void> {
  const stages: PageStage[] = [];
  for (const name of await stageFolders(folder)) {
    const stage = await readStage(join(folder, name));
    if (stage) stages.push(stage);
  }
  if (stages.length === 0) {
    const message = `This is no folder of a training run: no stage in it has a ${HISTORY_DOCUMENT_FILE}.`;
    throw new VoxwatchError('INPUT_NOT_FOUND', message);
  }
  await writeWhole(join(folder, PAGE_FILE), runPage(stages, `${SOFTWARE.name} ${SOFTWARE.version}`));
}

async function stageFolders(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The folder of the training run is not there, or may not be read.', {}, cause);
  });
  const numberOf = (name: string): number => Number(STAGE_FOLDER.exec(name)?.[1]);
  return names.filter((name) => STAGE_FOLDER.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
}

async function readStage(folder: string): Promise<PageStage | undefined> {
  const earlier = await readHistoryDocument(folder);
  if (!earlier) return undefined;
  const document = await writeHistoryDocument(folder, earlier);
  const pictures: PagePictures | undefined = await readPictures(folder);
  return { document, charts: await drawCharts(document, basename(folder)), ...(pictures ? { pictures } : {}) };
}

async function drawCharts({ rows, phases, metrics }: PageStage['document'], id: string): Promise<string[]> {
  if (rows.length === 0) return [];
  // Here, not above: the library of charts is slow to load, and the other commands do without it.
  const [{ stageCharts }, { renderChart }] = await Promise.all([
    import('../../train/report/charts.ts'),
    import('../../train/report/render-chart.ts'),
  ]);
  return stageCharts({ id, rows, phases, metrics }).map(renderChart);
}
