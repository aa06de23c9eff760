import { send } from './http.ts';
import { until } from './programs.ts';

/** An import as a client sees it. */
export type ImportView = {
  readonly id: string;
  readonly state: string;
  readonly rowCount: number;
  readonly processedCount: number;
  readonly createdCount: number;
};

/** A client of a node. */
export type At = { readonly baseUrl: string; readonly token: string };

/** A file with so many organisations. */
export const organisationsFile = (rows: number): string =>
  [
    'key,name,kind,region',
    ...Array.from({ length: rows }, (_, row) => `k${row},Organisatie ${row},other,Maarland`),
  ].join('\n');

/** Hands in a file with so many organisations. */
export async function requestImport({ baseUrl, token }: At, source: string, rows: number): Promise<ImportView> {
  const answer = await send(baseUrl, {
    method: 'POST',
    path: `/v1/imports?resource=organisations&source=${source}`,
    token,
    headers: { 'content-type': 'text/csv' },
    body: organisationsFile(rows),
  });
  if (answer.status !== 202) throw new Error(`the import was not taken: ${answer.text}`);
  return answer.json<ImportView>();
}

/** How an import stands. */
export const importOf = async ({ baseUrl, token }: At, importId: string): Promise<ImportView> =>
  (await send(baseUrl, { path: `/v1/imports/${importId}`, token })).json<ImportView>();

/** Waits until an import has begun and is not done; throws when it is done before. */
export const midway = (at: At, importId: string): Promise<ImportView> =>
  until('the import is midway', async () => {
    const view = await importOf(at, importId);
    if (view.processedCount === view.rowCount) throw new Error('the import was done too soon');
    return view.processedCount > 0 && view;
  });

/** Waits until an import ended. */
export const finished = (at: At, importId: string): Promise<ImportView> =>
  until('the import ended', async () => {
    const view = await importOf(at, importId);
    return !['queued', 'running'].includes(view.state) && view;
  });
