import fc from 'fast-check';
import t from 'tap';
import { parseStrictObject, readCompact } from '../../../src/features/access/jwt.ts';
import { encodePart } from '../../helpers/oauth.ts';

const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 });

/** The text of a JSON object in which some member is given twice, in one spelling or another. */
const repeated = fc
  .record({ value: object, name: fc.string(), depth: fc.nat(4), inList: fc.boolean(), escaped: fc.boolean() })
  .map(({ value, name, depth, inList, escaped }) => {
    const plain = JSON.stringify(name);
    const spelled = escaped
      ? `"${[...Array(name.length).keys()].map((at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : plain;
    let text = `{${plain}:${JSON.stringify(value)} , ${spelled} : 1}`;
    for (let level = 0; level < depth; level++) text = inList ? `{"x":[${text}]}` : `{"x" : ${text}}`;
    return text;
  })
  .filter((text) => text.length < 5000);

t.test('a JSON object is read as it is, whatever its names and strings hold', async (t) => {
  fc.assert(
    fc.property(object, fc.nat(3), (value, space) => {
      const text = JSON.stringify(value, null, space);
      t.same(parseStrictObject(text), JSON.parse(text));
    }),
  );
});

t.test('an object with a member given twice, at any level and in any spelling, is refused', async (t) => {
  fc.assert(fc.property(repeated, (text) => JSON.parse(text) !== undefined && parseStrictObject(text) === undefined));
  t.ok(parseStrictObject('{"a":{"b":1},"c":{"b":1}}'), 'one name in two objects is no matter');
});

t.test('what is no JSON object is refused, and so is deep nesting', async (t) => {
  for (const text of ['', 'null', '1', '"x"', '[]', '{', '{}x', '{"a":1,}', "{'a':1}", '{"a":NaN}', '\ufeff{}'])
    t.equal(parseStrictObject(text), undefined, text);
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  t.ok(parseStrictObject(nested(8)));
  t.equal(parseStrictObject(nested(9)), undefined);
});

t.test('no text makes the reading throw', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (head, body) => {
      readCompact(head);
      readCompact(`${encodePart(head)}.${encodePart(body)}.AA`);
      parseStrictObject(head);
    }),
  );
  t.pass();
});

t.test('a token has exactly three canonical parts', async (t) => {
  const [head, body] = [encodePart({ alg: 'ES256' }), encodePart({ iss: 'x' })];
  t.same(readCompact(`${head}.${body}.AA`), { header: { alg: 'ES256' }, payload: { iss: 'x' } });
  for (const token of [
    '',
    '..',
    `${head}.${body}`,
    `${head}.${body}.`,
    `${head}.${body}.AA.AA`,
    `${head}.${body}.A`,
    `${head}.${body}.AB`,
    `${head}.${body}.AA==`,
    ` ${head}.${body}.AA`,
    `${head}=.${body}.AA`,
    `${head}.${body}.${'A'.repeat(9000)}`,
  ])
    t.equal(readCompact(token), undefined, token.slice(0, 60));
});
