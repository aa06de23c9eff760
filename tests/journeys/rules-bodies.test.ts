import t from 'tap';
import type { Operation, Request } from '../helpers/document.ts';
import { soundRequest } from '../helpers/document.ts';
import { type Case, hold, openRules } from '../helpers/rules.ts';
import { fullBody, type Place, placesIn, withValue } from '../helpers/schemas.ts';

const rules = await openRules(t);
const { document } = rules;
const tenMegabytes = 10 * 1024 * 1024;

const withPayload = (request: Request, payload: string | Buffer): Request => ({ ...request, payload });
const withType = (request: Request, type: string | undefined): Request => {
  const { 'content-type': _, ...headers } = request.headers;
  return { ...request, headers: { ...headers, ...(type !== undefined && { 'content-type': type }) } };
};
const isJson = ({ body }: Operation) => body?.type.endsWith('json') === true;
const pointerOf = (path: Place['path']) => path.map((step) => `/${String(step)}`).join('');

t.test('a body of another media type gets 415, and the answer names the one that is read', async (t) => {
  await hold(t, rules, (operation) => {
    const { body, method } = operation;
    if (body === undefined) return [];
    const request = soundRequest(operation);
    const accept = { POST: 'accept-post', PATCH: 'accept-patch' }[method];
    const header = accept === undefined ? {} : { header: [accept, body.type] as const };
    const json = body.type === 'application/json' ? 'application/merge-patch+json' : 'application/json';
    const wrong = [undefined, 'text/plain', 'application/xml', 'x', json, `${body.type}; charset=utf-16`];
    return wrong.map((type) => ({
      request: withType(request, type),
      status: 415,
      code: 'unsupported_media_type',
      ...header,
    }));
  });
});

t.test('a body where none is read gets 415, also with a GET', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body !== undefined) return [];
    const request = withType(soundRequest(operation), 'application/json');
    return ['{}', Buffer.alloc(tenMegabytes, 'x')].map((payload) => ({
      request: withPayload(request, payload),
      status: 415,
      code: 'body_not_expected',
    }));
  });
});

t.test('a body that is no JSON, or no UTF-8, gets 400', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body === undefined) return [];
    const request = soundRequest(operation);
    const notUtf8 = {
      request: withPayload(request, Buffer.from([0x22, 0xff, 0x22])),
      status: 400,
      code: 'invalid_input',
    };
    if (!isJson(operation)) return [{ ...notUtf8, errors: ['file  not_utf8'] }];
    const malformed = ['{', 'nonsense', '{"a":1,}', '{"__proto__":{}}', "{'a':1}", '{} {}'].map((payload) => ({
      request: withPayload(request, payload),
      status: 400,
      code: 'invalid_input',
      errors: ['body  malformed_json'],
    }));
    return [{ ...notUtf8, errors: ['body  not_utf8'] }, ...malformed];
  });
});

t.test('a file that is no CSV, or has no header row to go by, gets 400', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body?.type !== 'text/csv') return [];
    const request = soundRequest(operation);
    const header = 'key,name,kind';
    const quotes = ['"', 'a"b', ' "x"', '"a"b', `${header}\n1,Huis "De Brug",other`, `${header}\n1,"x" y,other`];
    const named = quotes.map((payload) => ({ payload, errors: ['file file not_csv'] }));
    const others = ['\n\n', ';', header, 'x'.repeat(200_000), `${header},colour\n1,x,other,red`].map((payload) => ({
      payload,
    }));
    return [...named, ...others].map(({ payload, ...expected }) => ({
      request: withPayload(request, payload),
      status: 400,
      code: 'invalid_input',
      ...expected,
    }));
  });
});

t.test('a body that is empty, or is no object, gets 400', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body === undefined) return [];
    const request = soundRequest(operation);
    const empty = { request: withPayload(request, ''), status: 400, code: 'invalid_input' };
    if (!isJson(operation)) return [empty];
    const others = ['null', '[]', '"text"', '5', 'true'].map((payload) => ({
      request: withPayload(request, payload),
      status: 400,
      code: 'invalid_input',
      errors: ['body  invalid_type'],
    }));
    return [{ ...empty, errors: ['body  required'] }, ...others];
  });
});

t.test('an unknown property is named by its place, in every object of a body', async (t) => {
  await hold(t, rules, (operation) => {
    if (!isJson(operation) || operation.body === undefined) return [];
    const request = soundRequest(operation);
    const body = fullBody(document, operation.body.schema, operation.body.example);
    const objects = placesIn(document, operation.body.schema, body).filter(
      ({ schema }) => schema.type === 'object' && schema.additionalProperties === false,
    );
    return objects.map(({ path }) => ({
      request: withPayload(request, JSON.stringify(withValue(body, [...path, 'colour'], 'red'))),
      status: 400,
      code: 'invalid_input',
      errors: [`body ${pointerOf([...path, 'colour'])} unknown_property`],
    }));
  });
});

t.test('NUL and lone surrogates are refused in every text of a body, and all of them are named', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body === undefined) return [];
    const request = soundRequest(operation);
    const refused = { status: 400, code: 'invalid_input' } as const;
    if (!isJson(operation)) {
      const payload = `${operation.body.example}\0`;
      return [{ request: withPayload(request, payload), ...refused, errors: ['body  invalid_characters'] }];
    }
    const body = fullBody(document, operation.body.schema, operation.body.example);
    const texts = placesIn(document, operation.body.schema, body).filter(({ schema }) => schema.type === 'string');
    const caseOf = (places: readonly Place[], bad: string): Case => ({
      request: withPayload(
        request,
        JSON.stringify(places.reduce((made, { path }) => withValue(made, path, bad), body)),
      ),
      ...refused,
      errors: places.map(({ path }) => `body ${pointerOf(path)} invalid_characters`),
    });
    const bad = ['a\0', '\ud800', 'a\udfff b'];
    return texts.length === 0
      ? []
      : bad.flatMap((one) => [...texts.map((text) => caseOf([text], one)), caseOf(texts, one)]);
  });
});

t.test('a value of another type is named by its place, and all of them at once', async (t) => {
  await hold(t, rules, (operation) => {
    if (!isJson(operation) || operation.body === undefined) return [];
    const request = soundRequest(operation);
    const body = fullBody(document, operation.body.schema, operation.body.example);
    const leaves = placesIn(document, operation.body.schema, body).filter(
      ({ schema, path }) => schema.type !== 'object' && schema.type !== 'array' && path.length > 0,
    );
    const caseOf = (places: readonly Place[]): Case => ({
      request: withPayload(
        request,
        JSON.stringify(places.reduce((made, { path }) => withValue(made, path, [[]]), body)),
      ),
      status: 400,
      code: 'invalid_input',
      errors: places.map(
        ({ path, schema }) => `body ${pointerOf(path)} ${schema.enum === undefined ? 'invalid_type' : 'invalid_value'}`,
      ),
    });
    return [...leaves.map((leaf) => caseOf([leaf])), caseOf(leaves)];
  });
});

t.test('a body of ten megabytes gets 413 on every write that reads one', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.body === undefined) return [];
    const payload = Buffer.alloc(tenMegabytes, 'x');
    return [{ request: withPayload(soundRequest(operation), payload), status: 413, code: 'payload_too_large' }];
  });
});
