import t from 'tap';
import { namedId } from '../../../src/platform/id.ts';
import { createLog } from '../../../src/platform/logging.ts';
import { among, places, word } from '../../helpers/canary.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administratorToken, fillDemo, testApp } from '../../helpers/demo.ts';
import { type Answered, operationsOf, type Request, readDocument, send, soundRequest } from '../../helpers/document.ts';
import { registerParty } from '../../helpers/parties.ts';

const organisationId = namedId('node organisation');
const lindeveen = namedId('organisation lindeveen');
const initiativeId = namedId('initiative één plan');

t.test('after an erasure no word of a person is left in a table, a line of the log or an answer', async (t) => {
  const lines: string[] = [];
  const log = createLog('trace', { write: (line: string) => void lines.push(line) });
  const database = await testDatabase(t);
  const { owner } = database;
  await fillDemo(database);
  const app = await testApp(t, database, {}, { log });
  const academy = await administratorToken(app);
  const { token: town } = await registerParty({ ...database, app }, lindeveen);
  const words: string[] = [];
  const canary = (before = '', after = '') => {
    const one = word();
    words.push(one);
    return `${before}${one}${after}`;
  };
  const ids = new Map<string, string>();

  const ask = async (
    token: string,
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answered = await app.inject({
      method: method as 'GET',
      url: `/v1${path}`,
      headers: {
        ...{ host: 'node.example', authorization: `Bearer ${token}`, ...headers },
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return {
      status: answered.statusCode,
      body: (answered.body === '' ? {} : answered.json()) as Record<string, never>,
    };
  };
  const done = async (...asked: Parameters<typeof ask>) => {
    const answered = await ask(...asked);
    if (answered.status >= 300) throw new Error(`${asked[1]} ${asked[2]}: ${JSON.stringify(answered)}`);
    return answered.body as Record<string, string>;
  };
  const refused = async (status: number, ...asked: Parameters<typeof ask>) => {
    const answered = await ask(...asked);
    t.equal(answered.status, status, `${asked[1]} ${asked[2].replace(/[0-9a-f-]{36}/g, '{id}')} is refused`);
  };
  const keyed = () => ({ 'idempotency-key': canary('"', '"') });

  // A whole life: each text that can be given holds a word of its own.
  const newcomer = { name: canary('Noor '), contact: canary('', '@academie.example'), role: canary('Coach ') };
  const headers = keyed();
  const registered = await done(academy, 'POST', '/professionals', { body: newcomer, headers });
  const again = await done(academy, 'POST', '/professionals', { body: newcomer, headers });
  t.equal(again.personalCode, null, 'a repeated request does not bring the code back');
  const { id = '', affiliationId = '', personalCode: first = '' } = registered;
  words.push(first, first.slice('samendoen_code_'.length));
  const { personalCode = '' } = await done(academy, 'POST', `/professionals/${id}/personal-codes`);
  words.push(personalCode, personalCode.slice('samendoen_code_'.length));
  await refused(403, academy, 'POST', `/professionals/${id}/access-exports`, { body: { personalCode: first } });
  await refused(404, town, 'POST', `/professionals/${id}/access-exports`, { body: { personalCode: first } });
  await refused(400, academy, 'POST', '/professionals', {
    body: { ...newcomer, [canary('x')]: canary() },
    headers: keyed(),
  });
  await refused(422, academy, 'POST', '/professionals', { body: { ...newcomer, name: canary('Noor ') }, headers });
  await refused(400, academy, 'POST', '/professionals', { body: { ...newcomer, contact: canary() } });
  const yes = { personalCode, decision: 'accepted', reason: canary('Klopt ') };
  await done(town, 'PUT', `/affiliations/${affiliationId}/decision`, { body: yes });
  const change = { personalCode, name: canary('Noor '), contact: canary('', '@elders.example') };
  await refused(412, town, 'PATCH', `/professionals/${id}`, { body: change, headers: { 'if-match': '"99"' } });
  await done(town, 'PATCH', `/professionals/${id}`, { body: change, headers: { 'if-match': '*' } });
  const claim = { organisationId: lindeveen, role: canary('Gastdocent ') };
  const path = `/professionals/${id}/affiliations`;
  const claimed = await done(academy, 'POST', path, { body: claim, headers: keyed() });
  await done(town, 'PUT', `/affiliations/${claimed.id}/decision`, {
    body: { decision: 'accepted', reason: canary('Welkom ') },
  });
  await done(town, 'PUT', `/affiliations/${claimed.id}/end`, { body: { reason: canary('Klaar ') } });
  const second = await done(town, 'POST', path, { body: { personalCode, role: canary('Trainer ') }, headers: keyed() });
  const work = { organisationId, subjectType: 'initiative', subjectId: initiativeId, role: canary('Schreef ') };
  const named = await done(academy, 'POST', `/professionals/${id}/contributions`, { body: work, headers: keyed() });
  for (const list of ['professionals', 'affiliations', 'professional-contributions'])
    await done(academy, 'GET', `/${list}?limit=200`);
  const exported = await done(town, 'POST', `/professionals/${id}/access-exports`, { body: { personalCode } });
  t.ok(among(JSON.stringify(exported), words).length >= 8, 'the person reads its words');
  const kept = 'affiliations.decision_reason affiliations.end_reason affiliations.role professional_contributions.role';
  const more = 'professionals.contact professionals.name saved_answers.body saved_answers.key';
  t.same(await places(owner, words), `${kept} ${more}`.split(' '), 'they stand where they belong');
  const [subject] = await owner<{ name: string }[]>`select data_subject_id as name from professionals where id = ${id}`;
  const erasure = await done(town, 'POST', `/professionals/${id}/erasures`, {
    body: { personalCode, ground: 'objection' },
    headers: { 'idempotency-key': '"erase"' },
  });
  t.match(erasure.counts, { savedAnswers: 4, affiliations: 3, contributions: 1 });

  ids.set('professionalId', id);
  ids.set('affiliationId', second.id ?? '');
  ids.set('contributionId', named.id ?? '');
  ids.set('erasureId', erasure.id ?? '');

  /** What all reads answer now, of everything and of this person. */
  const readAll = async (): Promise<Answered[]> => {
    const answers: Answered[] = [];
    for (const operation of operationsOf(await readDocument()).filter(({ method }) => method === 'GET')) {
      const request = soundRequest(operation);
      const about = Object.fromEntries(
        Object.entries(request.params).map(([key, value]) => [key, ids.get(key) ?? value]),
      );
      const limited: Request['query'] = request.query.filter(([key]) => key === 'relation');
      for (const token of [academy, town])
        for (const asked of [request, { ...request, params: about }, { ...request, query: limited }])
          answers.push(await send(app, asked, token));
    }
    return answers;
  };
  const answers = await readAll();
  t.ok(answers.filter(({ statusCode }) => statusCode === 200).length > 150, `${answers.length} answers`);
  t.ok(words.length > 20 && lines.length > 300, `${words.length} words, ${lines.length} lines`);
  t.same(await places(owner, words), [], 'no table holds a word');
  t.same(among(lines.join(''), words), [], 'no line of the log holds one');
  t.same(among(answers.map(({ body }) => body).join(''), words), [], 'no answer holds one');
  t.same(
    await places(owner, [subject?.name ?? '']),
    ['processing_records.data_subject_id'],
    'nothing links the processing log with the person',
  );
  const naming = 'affiliations.professional_id audit_records.subject_id erasures.professional_id events.data';
  t.same(
    await places(owner, [id]),
    `${naming} events.subject_id professionals.id saved_answers.body`.split(' '),
    'and these places alone name the row that is empty',
  );

  await t.test('and this test finds a place that was forgotten, of each kind', async (t) => {
    const some = words.slice(0, 1);
    await owner`create table forgotten (note text, more jsonb, raw bytea, list text[])`;
    await owner`insert into forgotten (note) values (${some[0] ?? ''})`;
    t.same(await places(owner, some), ['forgotten.note']);
    await owner`insert into forgotten (more, raw, list)
      values (${JSON.stringify({ a: [some[0]] })}::text::jsonb, ${Buffer.from(`x${some[0]}`)}, array[${some[0] ?? ''}])`;
    t.same(await places(owner, some), ['forgotten.list', 'forgotten.more', 'forgotten.note', 'forgotten.raw']);
    await owner`update organisations set region = ${some[0] ?? ''} where id = ${lindeveen}`;
    t.not(among((await readAll()).map(({ body }) => body).join(''), some).length, 0, 'in an answer');
    log.trace({ note: some[0] }, 'forgotten');
    t.not(among(lines.join(''), some).length, 0, 'in a line of the log');
  });
});
