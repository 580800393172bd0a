/**
 * Source files → what each imports and how long it is, read with TypeScript's own parser.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Specifiers as they are written: static, type-only, re-exported, dynamic, required; each once. */
  readonly imports: readonly string[];
  /** Dynamic imports whose target is not a string, as text: nobody can say what they load. */
  readonly unreadableImports: readonly string[];
  readonly lines: number;
}

/** All `.ts` files of the folders; a folder that is not there (yet) has none. */
export function readSourceFiles(root: string, folders: readonly string[]): SourceFile[] {
  const present = new Set(readdirSync(root));
  return folders
    .filter((folder) => present.has(folder))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => parseSource(name, readFileSync(path.join(root, name), 'utf8')));
}

export function parseSource(name: string, text: string): SourceFile {
  const imports = new Set<string>();
  const unreadableImports: string[] = [];
  const add = (target: ts.Node): void => {
    if (ts.isStringLiteralLike(target)) imports.add(target.text);
    else unreadableImports.push(target.getText());
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isCallExpression(node) && loadsAModule(node) && node.arguments[0]) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return { path: name, imports: [...imports], unreadableImports, lines: text.trimEnd().split('\n').length };
}

/** `import(…)`, `require(…)`, `createRequire(…)(…)`. */
function loadsAModule({ expression }: ts.CallExpression): boolean {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(expression)) return expression.text === 'require';
  return (
    ts.isCallExpression(expression) && ts.isIdentifier(expression.expression) && expression.expression.text === 'createRequire'
  );
}
