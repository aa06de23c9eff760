import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { fastify } from 'fastify';
import t from 'tap';
import { organisationKinds } from '../../../../src/features/organisations/organisations.ts';
import { mapPage } from '../../../../src/features/statistics/map/page.ts';
import { relations } from '../../../../src/features/statistics/rules.ts';

t.test('the page of the map may run its own script and no other, and load nothing from elsewhere', async (t) => {
  const app = fastify();
  mapPage(app);
  const { statusCode, headers, body } = await app.inject('/docs/map');
  t.match([statusCode, headers['content-type']], [200, 'text/html; charset=utf-8']);
  const scripts = [...body.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text ?? '');
  t.equal(scripts.length, 1);
  const digest = createHash('sha256')
    .update(scripts[0] ?? '')
    .digest('base64');
  const policy = String(headers['content-security-policy']);
  t.match(policy, `script-src 'sha256-${digest}';`);
  t.match(policy, "default-src 'none'");
  const [choices = ''] = /<select name="relation">.*?<\/select>/s.exec(body) ?? [];
  t.same(
    [...choices.matchAll(/value="(\w+)"/g)].map(([, value]) => value),
    relations,
    'every relation can be chosen',
  );
  for (const kind of organisationKinds) t.match(body, `<option value="${kind}">`);
  t.notMatch(body, /https?:\/\/| on\w+=|src=/);
});

t.test('its script asks for a token, then for the map that was chosen, and says what went wrong', async (t) => {
  const app = fastify();
  mapPage(app);
  const { body } = await app.inject('/docs/map');
  const script = /<script>([\s\S]*?)<\/script>/.exec(body)?.[1] ?? '';
  const asked: { url: string; headers: Record<string, string> }[] = [];
  const elements: Record<string, { textContent: string; shown?: unknown }> = {
    '#said': { textContent: '' },
    '#map': { textContent: '' },
  };
  let submit: (event: object) => void = () => {};
  let allowed = true;
  let refusal: object | undefined;
  const form = {
    addEventListener: (_: string, listener: typeof submit) => {
      submit = listener;
    },
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  runInNewContext(script, {
    document: {
      querySelector: (name: string) =>
        name === 'form'
          ? form
          : Object.assign(elements[name] ?? {}, {
              replaceChildren: (shown: unknown) => Object.assign(elements[name] ?? {}, { shown }),
            }),
      importNode: (node: unknown) => node,
    },
    FormData: class {
      *[Symbol.iterator]() {
        yield* Object.entries({
          clientId: 'administrator',
          clientSecret: 'a:b',
          relation: 'deeds',
          asOf: '',
          weighting: '',
          colourBy: 'region',
          seed: '3',
        });
      }
    },
    DOMParser: class {
      parseFromString = (text: string) => ({ documentElement: text });
    },
    URLSearchParams,
    btoa,
    fetch: async (url: string, { headers }: { headers: Record<string, string> }) => {
      asked.push({ url, headers });
      const refused = url.startsWith('/v1') && refusal !== undefined;
      return {
        ok: allowed && !refused,
        json: async () => ({ access_token: 'token' }),
        text: async () => (refused ? JSON.stringify(refusal) : '<svg/>'),
      };
    },
  });
  submit({ preventDefault: () => {} });
  await settled();
  t.match(asked, [
    { url: '/oauth/token', headers: { authorization: `Basic ${btoa('administrator:a%3Ab')}` } },
    {
      url: '/v1/statistics/graph?relation=deeds&colourBy=region&seed=3',
      headers: { accept: 'image/svg+xml', authorization: 'Bearer token' },
    },
  ]);
  t.equal(elements['#map']?.shown, '<svg/>');
  refusal = { detail: 'Input is not valid.', errors: [{ location: 'sizeBy', detail: 'Does not go with it.' }] };
  submit({ preventDefault: () => {} });
  await settled();
  t.equal(elements['#said']?.textContent, 'sizeBy: Does not go with it.');
  refusal = { detail: 'The network is too large.' };
  submit({ preventDefault: () => {} });
  await settled();
  t.equal(elements['#said']?.textContent, 'The network is too large.');
  allowed = false;
  submit({ preventDefault: () => {} });
  await settled();
  t.match(elements['#said']?.textContent, 'secret');
});
