import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { clauses } from './conformance/report.ts';
import { runConformance } from './conformance/run.ts';

const usage = `Usage: npm run conformance -- --url URL --listen URL [--token TOKEN] [--wait SECONDS] [--only NAME]... [--json FILE]

  --url     the node under test
  --listen  where this kit is a node itself: an address that the node under test reaches, and at which this process can
            listen. On loopback the node must be allowed to send there: OUTBOUND_ALLOW_HTTP=true and
            OUTBOUND_PRIVATE_RANGES='["127.0.0.0/8"]' for a node of Samendoen
  --token   an access token of an administrator of the node: then the kit accepts its own offer, and looks at the register,
            the health of the peering and the quarantine. Without it these are skipped
  --wait    how long the operator may take to accept the offer without --token; 120 seconds
  --only    a misbehaviour to try, by words of its name; all of them where it is absent
  --json    a file to which the report is written

The node must run with its worker. One line is written for each check; it ends with 1 where a check failed.`;

const options = {
  url: { type: 'string' },
  listen: { type: 'string' },
  token: { type: 'string' },
  wait: { type: 'string' },
  only: { type: 'string', multiple: true },
  json: { type: 'string' },
} as const;

try {
  const { url, listen, token, wait = '120', only = [], json } = parseArgs({ options }).values;
  if (url === undefined || listen === undefined || !URL.canParse(url) || !URL.canParse(listen) || !/^\d+$/.test(wait))
    throw new Error(usage);
  const chosen = (name: string) => only.length === 0 || only.some((words) => name.includes(words));
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const report = await runConformance({ url, listen, token, waitSeconds: Number(wait), chosen, write });
  write(report.summary());
  const written = { url, at: new Date().toISOString(), ...report.counts(), clauses, results: report.results };
  if (json !== undefined) await writeFile(json, `${JSON.stringify(written, undefined, 2)}\n`);
  if (report.counts().failed > 0) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
