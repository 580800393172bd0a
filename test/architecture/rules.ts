/**
 * The rules of the architecture: source files → sentences that say what breaks which rule.
 * @module
 */
import { builtinModules } from 'node:module';
import path from 'node:path';
import { LAYERS, LIBRARIES, MAX_LINES, NOT_IN_PACKAGE_JSON, WITHOUT_NODE } from './layers.ts';
import type { SourceFile } from './source-files.ts';

const NODE_MODULES = new Set(builtinModules);

/** Each import of each file that leads to another file of ours. */
function ownImports(file: SourceFile): { readonly specifier: string; readonly target: string }[] {
  return file.imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ specifier, target: path.posix.join(path.posix.dirname(file.path), specifier) }));
}

/** `@scope/name/part` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function libraryImports(file: SourceFile): string[] {
  return file.imports.filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
}

function folderOf(name: string): string {
  return name.split('/', 1)[0] as string;
}

/** Arrows between folders that are not in the table, and imports that lead to no file. */
export function forbiddenArrows(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path));
  return files.flatMap((file) => {
    const from = folderOf(file.path);
    const allowed = [from, ...(LAYERS[from] ?? [])];
    return ownImports(file).flatMap(({ specifier, target }) => {
      const to = folderOf(target);
      const rule = `${from}/ may import ${allowed.length === 1 ? 'nothing of ours' : `only ${allowed.slice(1).join(', ')}`}`;
      if (!allowed.includes(to)) return [`${file.path} imports "${specifier}": ${rule}`];
      return known.has(target) ? [] : [`${file.path} imports "${specifier}": there is no such source file`];
    });
  });
}

/** Libraries outside the files named for them, and imports that cannot be read. */
export function strayLibraries(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [
    ...file.unreadableImports.map(
      (text) => `${file.path} imports ${text}: an import must be a string, so that this test can read it`,
    ),
    ...libraryImports(file).flatMap((specifier) => {
      if (NODE_MODULES.has(specifier)) return [`${file.path} imports "${specifier}": write it with node: in front`];
      const places = LIBRARIES[packageOf(specifier)];
      if (!places) return [`${file.path} imports "${specifier}": the library is not in the table of libraries`];
      const isNamed = places.some((place) => file.path === place || (place.endsWith('/') && file.path.startsWith(place)));
      return isNamed ? [] : [`${file.path} imports "${specifier}": only ${places.join(' and ')} may`];
    }),
  ]);
}

/** Parts of Node in folders that must also run in a browser. */
export function strayNodeModules(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const excused = WITHOUT_NODE[folderOf(file.path)];
    if (!excused) return [];
    return file.imports
      .filter((specifier) => specifier.startsWith('node:') && !excused[file.path]?.includes(specifier))
      .map((specifier) => `${file.path} imports "${specifier}": ${folderOf(file.path)}/ must run without Node`);
  });
}

/** Rings of imports, each told once. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const targets = new Map(files.map((file) => [file.path, ownImports(file).map(({ target }) => target)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      cycles.push(`${[...trail.slice(start), name].join(' imports ')}: imports must not run in a ring`);
      return;
    }
    if (done.has(name)) return;
    for (const target of targets.get(name) ?? []) walk(target, [...trail, name]);
    done.add(name);
  };
  for (const name of targets.keys()) walk(name, []);
  return cycles;
}

/** @param declared - Names in `dependencies` of `package.json`. */
export function wrongDependencies(files: readonly SourceFile[], declared: readonly string[]): string[] {
  const imported = new Map(files.flatMap((file) => libraryImports(file).map((specifier) => [packageOf(specifier), file.path])));
  const missing = [...imported].filter(([name]) => !declared.includes(name) && !NOT_IN_PACKAGE_JSON.includes(name));
  return [
    ...declared.filter((name) => !imported.has(name)).map((name) => `package.json depends on "${name}": no source file imports it`),
    ...missing.map(([name, file]) => `${file} imports "${name}": it is not in the dependencies of package.json`),
    ...Object.keys(LIBRARIES)
      .filter((name) => !imported.has(name))
      .map((name) => `the table of libraries names "${name}": no source file imports it`),
  ];
}

export function longFiles(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path: name, lines }) => `${name} has ${lines} lines: a source file has at most ${MAX_LINES}`);
}
