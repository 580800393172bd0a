/** Holds the source tree to the tables in `architecture/layers.ts`, and shows that each rule can be broken. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LAYERS } from './architecture/layers.ts';
import {
  forbiddenArrows,
  importCycles,
  longFiles,
  strayLibraries,
  strayNodeModules,
  wrongDependencies,
} from './architecture/rules.ts';
import { parseSource, readSourceFiles, type SourceFile } from './architecture/source-files.ts';

const root = path.resolve(import.meta.dirname, '..');
const files = readSourceFiles(root, Object.keys(LAYERS));
const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** Development tools that are run, or read by the compiler, and need no import. */
const TOOLS = ['@biomejs/biome', '@types/node', '@types/nodemailer'];

describe('the source tree', () => {
  it('is read: every layer that is written has files, and they import each other', () => {
    for (const folder of ['core', 'formats', 'preprocess', 'train', 'export', 'runtime', 'daemon', 'cli'])
      expect(files.filter((file) => file.path.startsWith(`${folder}/`)).length, folder).toBeGreaterThan(3);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(500);
  });

  it('has only the arrows that the table of layers allows', () => {
    expect(forbiddenArrows(files)).toEqual([]);
  });

  it('imports each library only in the files named for it', () => {
    expect(strayLibraries(files)).toEqual([]);
  });

  it('keeps Node out of what must also run in a browser', () => {
    expect(strayNodeModules(files)).toEqual([]);
  });

  it('has no import cycles', () => {
    expect(importCycles(files)).toEqual([]);
  });

  it('has no file that is too long', () => {
    expect(longFiles(files)).toEqual([]);
  });

  it('depends on what it imports, and on nothing else', () => {
    const { dependencies, peerDependencies } = packageJson;
    expect(wrongDependencies(files, Object.keys({ ...dependencies, ...peerDependencies }))).toEqual([]);
  });

  it('has no development dependency that no test imports', () => {
    const tested = new Set(readSourceFiles(root, ['test', 'bench']).flatMap((file) => file.imports));
    // What users bring themselves is imported by the library, not by its tests.
    const known = [...TOOLS, ...Object.keys(packageJson.peerDependencies)];
    const unused = Object.keys(packageJson.devDependencies).filter((name) => !known.includes(name) && !tested.has(name));
    expect(unused).toEqual([]);
  });
});

describe('each rule', () => {
  const made = (name: string, ...imports: string[]): SourceFile => ({ path: name, imports, unreadableImports: [], lines: 10 });

  it('tells of an arrow against the layers, with file, import and rule', () => {
    const found = forbiddenArrows([made('core/volume.ts', '../formats/sniff.ts'), made('formats/sniff.ts', '../core/volume.ts')]);
    expect(found).toEqual(['core/volume.ts imports "../formats/sniff.ts": core/ may import nothing of ours']);
    expect(forbiddenArrows([made('runtime/a.ts', '../daemon/b.ts'), made('daemon/b.ts', '../test/c.ts')])).toEqual([
      'runtime/a.ts imports "../daemon/b.ts": runtime/ may import only core, preprocess',
      'daemon/b.ts imports "../test/c.ts": daemon/ may import only core, formats, runtime',
    ]);
  });

  it('tells of an import that leads nowhere', () => {
    expect(forbiddenArrows([made('core/a.ts', './b.js')])).toEqual(['core/a.ts imports "./b.js": there is no such source file']);
  });

  it('tells of a library in the wrong file, also by a path inside it, and of one that is not in the table', () => {
    expect(strayLibraries([made('runtime/stage.ts', 'onnxruntime-node', '@tensorflow/tfjs-core/dist/ops', 'left-pad')])).toEqual([
      'runtime/stage.ts imports "onnxruntime-node": only runtime/sessions/session-node.ts and cli/onnx-reference.ts may',
      'runtime/stage.ts imports "@tensorflow/tfjs-core/dist/ops": only train/ and export/ may',
      'runtime/stage.ts imports "left-pad": the library is not in the table of libraries',
    ]);
  });

  it('tells of Node where a browser must do', () => {
    const found = strayNodeModules([
      made('runtime/sessions/preload-cuda.ts', 'node:os', 'node:fs'),
      made('core/a.ts', 'node:path'),
    ]);
    expect(found).toEqual([
      'runtime/sessions/preload-cuda.ts imports "node:fs": runtime/ must run without Node',
      'core/a.ts imports "node:path": core/ must run without Node',
    ]);
    expect(strayLibraries([made('core/a.ts', 'fs')])).toEqual(['core/a.ts imports "fs": write it with node: in front']);
  });

  it('tells of a ring of imports once', () => {
    const ring = [
      made('core/a.ts', './b.ts'),
      made('core/b.ts', './c.ts'),
      made('core/c.ts', './a.ts', './d.ts'),
      made('core/d.ts'),
    ];
    expect(importCycles(ring)).toEqual([
      'core/a.ts imports core/b.ts imports core/c.ts imports core/a.ts: imports must not run in a ring',
    ]);
  });

  it('tells of a dependency that nothing imports, and of an import that nothing declares', () => {
    const everything = files.map((file) => ({ ...file, imports: file.imports.filter((name) => name !== 'pino') }));
    const names = Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies });
    const declared = names.filter((name) => name !== 'sharp');
    expect(wrongDependencies(everything, declared)).toEqual([
      'package.json depends on "pino": no source file imports it',
      'daemon/results/jpeg.ts imports "sharp": it is not in the dependencies of package.json',
      'the table of libraries names "pino": no source file imports it',
    ]);
  });

  it('tells of a long file', () => {
    expect(longFiles([{ ...made('core/a.ts'), lines: 301 }])).toEqual(['core/a.ts has 301 lines: a source file has at most 300']);
  });
});

describe('reading imports', () => {
  it('finds every way to write one', () => {
    const text = `
      import a from 'a';
      import type { B } from 'b';
      import 'c';
      export * from 'd';
      export type { E } from 'e';
      import f = require('f');
      const g = await import('g');
      type H = import('h').H;
      const i = createRequire(import.meta.url)('i');
      const j = require(\`j\`);
      // import k from 'k';
      const l = "import l from 'l'";
    `;
    expect(parseSource('core/a.ts', text).imports.join('')).toBe('abcdefghij');
  });

  it('tells of an import whose target is computed', () => {
    const file = parseSource('core/a.ts', 'const a = await import(`./${name}.ts`);');
    expect(strayLibraries([file])).toEqual([
      'core/a.ts imports `./${name}.ts`: an import must be a string, so that this test can read it',
    ]);
  });
});
