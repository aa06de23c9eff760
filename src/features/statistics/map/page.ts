import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { organisationKinds } from '../../organisations/organisations.ts';

const style = `
body{font-family:sans-serif;margin:1rem 2rem;color:#222}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end}
label{display:flex;flex-direction:column;font-size:.85rem;gap:.2rem}
input,select,button{font:inherit;padding:.3rem .5rem}
button{background:#0072b2;color:#fff;border:0;border-radius:.2rem;padding:.45rem 1rem}
#said{min-height:1.4rem;font-size:.9rem}
#map svg{max-width:100%;height:auto;border:1px solid #ddd}
`;

// Runs in the browser. The secret goes to the token's address alone and is kept nowhere; the answer is put into the page
// as elements, so that one can point at a sign and read its name, and its scripts, if it had any, would not run.
const script = `
const form = document.querySelector('form');
const said = document.querySelector('#said');
const place = document.querySelector('#map');
async function tokenOf(id, secret) {
  const encoded = (text) => encodeURIComponent(text);
  const answer = await fetch('/oauth/token', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: 'Basic ' + btoa(encoded(id) + ':' + encoded(secret)),
    },
    body: 'grant_type=client_credentials&scope=statistics:read',
  });
  if (!answer.ok) throw new Error('The client is not known, or its secret is another one.');
  return (await answer.json()).access_token;
}
const told = ({ detail, errors = [] }) =>
  errors.length === 0 ? detail : errors.map((fault) => fault.location + ': ' + fault.detail).join(' ');
// A large network is computed in the background: the page says how far that is, and goes on when it is done.
async function drawingOf(address, token) {
  const authorization = 'Bearer ' + token;
  const drawing = (url) => fetch(url, { headers: { accept: 'image/svg+xml', authorization } });
  const answer = await drawing(address);
  if (answer.status !== 202) return answer;
  for (;;) {
    const look = await fetch(answer.headers.get('location'), { headers: { authorization } });
    const { state, progress, resultUrl } = await look.json();
    if (state === 'succeeded') return drawing(resultUrl);
    if (state !== 'queued' && state !== 'running') throw new Error('The computation has ' + state + '.');
    said.textContent = 'Computing: ' + Math.round(100 * progress) + ' %';
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
async function show() {
  const fields = Object.fromEntries(new FormData(form));
  const { clientId, clientSecret, ...query } = fields;
  for (const [name, value] of Object.entries(query)) if (value === '') delete query[name];
  said.textContent = 'Drawing…';
  const token = await tokenOf(clientId, clientSecret);
  const answer = await drawingOf('/v1/statistics/graph?' + new URLSearchParams(query), token);
  const text = await answer.text();
  if (!answer.ok) throw new Error(told(JSON.parse(text)) ?? answer.statusText);
  const drawn = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  place.replaceChildren(document.importNode(drawn, true));
  said.textContent = 'Point at a sign to read its name.';
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  show().catch((error) => {
    said.textContent = error.message;
  });
});
`;

type Option = string | readonly [value: string, label: string];

const option = (one: Option) =>
  typeof one === 'string' ? `<option>${one}</option>` : `<option value="${one[0]}">${one[1]}</option>`;

const choice = (name: string, label: string, options: readonly Option[]) =>
  `<label>${label}<select name="${name}">${options.map(option).join('')}</select></label>`;

const ties: readonly Option[] = [
  ['membership', 'membership: share an alliance'],
  ['initiatives', 'initiatives: take part together'],
  ['deeds', 'deeds: from promiser to beneficiary'],
  ['knowledge', 'knowledge: from author to adopter'],
  ['ownership', 'ownership: own together, pass on'],
];
const sizes: readonly Option[] = [
  'degree',
  'strength',
  ['alliances', 'alliances (membership)'],
  ['initiatives', 'initiatives (initiatives)'],
  ...['inDegree', 'outDegree', 'inStrength', 'outStrength'].map(
    (name) => [name, `${name} (deeds, knowledge)`] as const,
  ),
];

/** A map of more than 500 organisations shows communities alone: of one kind, one by one. */
const kinds = organisationKinds.map((kind) => `<option value="${kind}">${kind.replaceAll('_', ' ')}</option>`).join('');

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Map of the network</title><style>${style}</style></head>
<body>
<h1>Map of the network</h1>
<p>Organisations and what ties them, as <code>GET /v1/statistics/graph</code> draws them. <a href="/docs">To the documentation</a>.</p>
<form>
<label>client_id<input name="clientId" value="administrator" autocomplete="off" required></label>
<label>client_secret<input name="clientSecret" type="password" autocomplete="off" required></label>
${choice('relation', 'relation', ties)}
<label>asOf<input name="asOf" type="date"></label>
<label>from (deeds, knowledge, ownership)<input name="from" type="date"></label>
<label>until (the same)<input name="until" type="date"></label>
<label>organisations<select name="organisationKind"><option value="">all</option>${kinds}</select></label>
<label>region<input name="region" maxlength="100"></label>
${choice('colourBy', 'colour', ['kind', 'region', 'community'])}
${choice('sizeBy', 'size', sizes)}
${choice('weighting', 'weight of ties', [['', 'as usual for the relation'], 'newman', 'jaccard', 'count'])}
<label>seed<input name="seed" type="number" min="0" max="4294967295" value="1"></label>
<button>Show</button>
</form>
<p id="said" role="status"></p>
<div id="map"></div>
<script>${script}</script>
</body>
</html>
`;

const digest = createHash('sha256').update(script).digest('base64');

/** The page runs its own script and none that a name could bring; the map has styles within. */
const pagePolicy = [
  "default-src 'none'",
  `script-src 'sha256-${digest}'`,
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the page on which a person can look at the map, at `/docs/map`; what it shows, its client must be allowed to read. */
export function mapPage(app: FastifyInstance): void {
  app.get('/docs/map', async (_request, reply) =>
    reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page),
  );
}
