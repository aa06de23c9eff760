import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import t from 'tap';
import { namedId } from '../../../src/platform/id.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { demoNode } from '../../helpers/demo.ts';

const { app, owner, token } = await demoNode(t);
const call = (method: 'GET' | 'POST' | 'PATCH', url: string, body?: object, headers: Record<string, string> = {}) =>
  app.inject({
    method,
    url: `/v1${url}`,
    headers: { host: 'node.example', authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { payload: body }),
  });
const practice = namedId('knowledge vroeg bellen');
const minimal = { type: 'lesson', title: 'Eerst luisteren', licence: 'CC0-1.0' };

t.test('an item is linked data by its media type, with an entity tag of its own', async (t) => {
  const answered = await call('GET', `/knowledge-items/${practice}`, undefined, { accept: 'application/ld+json' });
  t.equal(answered.statusCode, 200);
  t.match(answered.headers, {
    'content-type': /^application\/ld\+json/,
    etag: /^"\d+\.[0-9a-f]{12}-ld\+json"$/,
    vary: 'Accept',
  });
  t.match(answered.json(), {
    '@context': 'https://schema.org',
    '@type': 'LearningResource',
    name: 'Vroeg bellen bij schulden',
    inLanguage: 'nl',
    license: 'https://creativecommons.org/licenses/by/4.0/',
    author: { '@type': 'Organization', name: 'Academie Maarland' },
    contributor: [{ '@type': 'Organization', name: 'Gemeente Lindeveen' }],
    keywords: ['schulden', 'vroegsignalering'],
    version: 2,
    creativeWorkStatus: 'Published',
  });
  const tag = String(answered.headers.etag);
  const again = await call('GET', `/knowledge-items/${practice}`, undefined, {
    accept: 'application/ld+json',
    'if-none-match': tag,
  });
  t.equal(again.statusCode, 304);
});

t.test('anybody can make the content hash from what the interface shows', async (t) => {
  const item = (await call('GET', `/knowledge-items/${practice}`)).json() as Record<string, unknown>;
  const { type, title, summary, body, links, language, licence, themes } = item;
  const canonical = canonicalize({ type, title, summary, body, links, language, licence, themes }) ?? '';
  t.equal(createHash('sha256').update(canonical).digest('hex'), item.contentHash);
});

t.test('bad input is named by its place and code, and nothing is stored', async (t) => {
  const before = await contentsOf(owner);
  const faults = async (body: object) => {
    const { errors } = (await call('POST', '/knowledge-items', body)).json() as {
      errors?: { location: string; code: string }[];
    };
    return (errors ?? []).map(({ location, code }) => `${location} ${code}`);
  };
  const link = (href: string) => ({ ...minimal, links: [{ href }] });
  for (const [body, expected] of [
    [{ ...minimal, licence: 'gratis' }, ['/licence unknown_licence']],
    [{ ...minimal, type: 'mening' }, ['/type invalid_value']],
    [{ ...minimal, title: ' ' }, ['/title too_short']],
    [{ ...minimal, title: 'x'.repeat(301), language: 'fr' }, ['/title too_long', '/language invalid_value']],
    [{ ...minimal, body: 'x'.repeat(200_001) }, ['/body too_long']],
    [link('javascript:alert(1)'), ['/links/0/href invalid_format']],
    [link('voorbeeld'), ['/links/0/href invalid_format']],
    [{ ...minimal, themes: Array.from({ length: 21 }, (_, n) => `t${n}`) }, ['/themes too_many']],
    [{ ...minimal, auteur: 'x' }, ['/auteur unknown_property']],
    [{}, ['/type required', '/title required', '/licence required']],
  ] as const)
    t.same((await faults(body)).sort(), [...expected].sort());
  t.equal((await call('POST', '/knowledge-items', { ...minimal, body: 'x'.repeat(300_000) })).statusCode, 413);
  const unpublished = { versionNumber: 9, use: 'used', setting: 'Hier', result: 'Niets' };
  const adoption = await call('POST', `/knowledge-items/${namedId('knowledge gezinnen')}/adoptions`, unpublished);
  t.match(adoption.json(), { status: 400, errors: [{ location: '/versionNumber', code: 'unknown_version' }] });
  t.same(await contentsOf(owner), before);
});

t.test('a title, a type and a licence are enough', async (t) => {
  const made = await call('POST', '/knowledge-items', { ...minimal, publish: true });
  t.equal(made.statusCode, 201);
  t.match(made.json(), { state: 'published', body: '', language: 'nl', visibility: 'network', publishedVersion: 1 });
  const opened = await call('GET', String(made.headers.location).replace('/v1', ''));
  t.same(opened.json(), made.json());
});
