/**
 * A CPU profile of `segment-once` → the share of each part of the work.
 *
 *   node --cpu-prof --cpu-prof-dir=PROFILE dist/bench/segment-once.js BUNDLE SERIES_FOLDER OUT_FOLDER 1
 *   node dist/bench/profile-groups.js PROFILE
 *
 * With one thread of networks, so that what they take is all in the main thread, where the profile looks. Threads that compress
 * the mask and the pictures are not in it. A sample counts for the first file on its stack, from the inside out, that a part
 * names; on a busy machine all parts are longer alike.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Node of each sample. */
  readonly samples: readonly number[];
  /** Before each sample, µs. */
  readonly timeDeltas: readonly number[];
}

/** Part of the work, and the compiled files that are it. */
const PARTS: readonly (readonly [part: string, files: RegExp])[] = [
  ['networks', /onnxruntime/],
  ['reading: files and headers', /daemon\/intake|formats\/dicom\/(?!decode|slice-hu|pixel)|dicom-parser/],
  ['reading: pixels to HU', /formats\/dicom\//],
  ['stages round their networks', /runtime\/(stage|cascade|millimetre|output-mask|write-mask|smooth|ort-session)|preprocess\//],
  ['post-processing, measures, findings', /runtime\/(postprocess|component|label-runs|measure|diameter|surface|domain)/],
  ['pictures: drawing', /daemon\/results\/(slice-picture|picture|overlay|preview|bitmap|write-pictures)/],
  ['pictures: encoding, main thread', /sharp|results\/jpeg/],
  ['mask, report, publishing', /formats\/(nifti|gzip)|daemon\/results\/|job\/run-job/],
];
const NOT_WORK = new Set(['(idle)', '(program)']);
const REST = 'loading modules, Node itself';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: profile-groups PROFILE');
for (const name of readdirSync(folder)) print(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile);

function print({ nodes, samples, timeDeltas }: CpuProfile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const micros = new Map<string, number>();
  samples.forEach((id, n) => {
    const node = byId.get(id) as ProfileNode;
    if (NOT_WORK.has(node.callFrame.functionName)) return;
    const part = partOf(node);
    micros.set(part, (micros.get(part) ?? 0) + (timeDeltas[n] as number));
  });
  const total = [...micros.values()].reduce((sum, of) => sum + of, 0);
  const around = total - (micros.get('networks') ?? 0);
  console.log(
    `${(total / 1e6).toFixed(1)} s in the main thread\n| part | of all | of what is round the networks |\n| --- | --- | --- |`,
  );
  for (const [part, of] of [...micros].sort((a, b) => b[1] - a[1])) {
    const share = part === 'networks' ? '' : percent(of / around);
    console.log(`| ${part} | ${percent(of / total)} | ${share} |`);
  }

  function partOf(node: ProfileNode): string {
    if (node.callFrame.functionName === '(garbage collector)') return 'garbage collector';
    for (let at: ProfileNode | undefined = node; at; at = byId.get(parentOf.get(at.id) ?? -1)) {
      const { url } = at.callFrame;
      const found = PARTS.find(([, files]) => files.test(url));
      if (found) return found[0];
    }
    return REST;
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
