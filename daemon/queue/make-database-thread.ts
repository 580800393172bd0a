/**
 * The thread that makes the files of an embedded database, for embedded-database.ts.
 * @module
 */
import { workerData } from 'node:worker_threads';
import { openFiles } from './embedded-database.ts';

const database = await openFiles(workerData as string);
await database.close();
