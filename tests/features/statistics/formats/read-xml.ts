/** An element as it was read. */
export type Element = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A text with its references resolved. Throws for one that is not known, and for characters that XML 1.0 forbids. */
function resolved(text: string): string {
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(text))
    throw new Error('a forbidden character');
  if (/[<>]/.test(text)) throw new Error(`a bare angle bracket in ${text.slice(0, 80)}`);
  return text.replace(/&([^;\s]*;?)/g, (_, reference: string) => {
    if (!reference.endsWith(';')) throw new Error('a bare ampersand');
    const name = reference.slice(0, -1);
    const code = /^#(\d+)$/.exec(name)?.[1];
    const found = code === undefined ? entities[name] : String.fromCodePoint(Number(code));
    if (found === undefined) throw new Error(`the unknown reference &${name};`);
    return found;
  });
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  const rest = text.replace(/\s+([\w:.-]+)="([^"]*)"/g, (_, name: string, value: string) => {
    if (Object.hasOwn(attributes, name)) throw new Error(`the attribute ${name} twice`);
    // A reader makes spaces of these when they are not written as references.
    if (/[\t\n\r]/.test(value)) throw new Error(`white space in the attribute ${name}`);
    attributes[name] = resolved(value);
    return '';
  });
  if (rest.trim() !== '') throw new Error(`what is no attribute: ${rest}`);
  return attributes;
}

/**
 * Reads a document of elements, attributes and text, as far as our writers use XML. Throws for what is not well-formed:
 * tags that do not match, more than one root, bare characters.
 */
export function readXml(document: string): Element {
  const body = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  if (body === document) throw new Error('no declaration');
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of body.matchAll(/<(\/?)([\w:.-]+)((?:\s+[\w:.-]+="[^"]*")*)\s*(\/?)>/g)) {
    (open.at(-1) as Element).text += resolved(body.slice(end, match.index));
    end = match.index + match[0].length;
    readTag(match, open);
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0) throw new Error('not one whole root');
  if (resolved(body.slice(end)).trim() !== '' || root.text.trim() !== '') throw new Error('text outside of the root');
  return only;
}

/** Opens an element in the innermost one that is open, or closes that. */
function readTag([, closing, name = '', attributes = '', empty]: readonly string[], open: Element[]): void {
  if (closing === '/') {
    if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    return;
  }
  const element: Element = { name, attributes: attributesOf(attributes), children: [], text: '' };
  open.at(-1)?.children.push(element);
  if (empty !== '/') open.push(element);
}

/** All elements of a name, in order of the document. */
export const all = (element: Element, name: string): Element[] =>
  element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
