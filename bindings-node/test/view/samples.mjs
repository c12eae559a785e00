/** What states are made of. */

import { html } from '../../dist/esm/view/result.js'

/** Templates with what each of their slots is: an attribute, a property, a node, an address. */
export const TEMPLATES = [
  ['', () => html`<hr />`],
  ['n', (v) => html`<p>${v[0]}</p>`],
  ['an', (v) => html`<p class=${v[0]}>${v[1]}</p>`],
  [
    'aannnn',
    (v) =>
      html`<tr id=${v[0]} class="${v[1]}">
        <td>${v[2]}</td>
        <td>${v[3]}</td>
        <td>${v[4]}</td>
        <td>${v[5]}</td>
      </tr>`,
  ],
  ['pun', (v) => html`<a .value=${v[0]} href=${v[1]}>${v[2]}</a>`],
  [
    'nnannnnn',
    (v) =>
      html`${v[0]}<b>${v[1]}<i x=${v[2]}>${v[3]}</i></b
        >${v[4]}${v[5]}${v[6]}${v[7]}`,
  ],
  ['nnnnnnnnn', (v) => html`<u>${v[0]}${v[1]}${v[2]}${v[3]}${v[4]}${v[5]}${v[6]}${v[7]}${v[8]}</u>`],
  [
    'annnnnnnpunn',
    (v) =>
      html`<u a=${v[0]}
        >${v[1]}${v[2]}${v[3]}${v[4]}${v[5]}${v[6]}${v[7]}<a .p=${v[8]} src="${v[9]}">${v[10]}${v[11]}</a></u
      >`,
  ],
  ['n', (v) => html`<q>${v[0]}</q>`],
]

/** A text again and again. */
const times = (text, count) => text.repeat(count)
/** Texts, short and long, of characters of all sizes, and halves of some. */
export const TEXTS = [
  '',
  'a',
  'b',
  '1',
  'hello',
  'ä',
  'Grüße aus Köln',
  '日本語',
  '😀',
  'x😀y',
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  'ﬀ\u0001',
  ...[24, 25, 31, 32, 127, 128].map((count) => times('x', count)),
  ...[16, 24, 63, 64].map((count) => times('ü', count)),
  times('\ud83d', 30),
  times('日', 24),
  times('z', 3000),
  times('日', 6000),
  `é${times('y', 8191)}`,
]
/** Keys of rows, of which some are alike as texts. */
export const KEYS = [...'abcdefghijklmnopqrstuvwxyz', 'ключ', '', times('k', 40), 1, 2, 3, 1.5, '1', NaN, -0]
/** Values of attributes that lead somewhere. */
export const ADDRESSES = [
  '/x',
  'https://a.b/c:d',
  'HTTP://x',
  'javascript:alert(1)',
  ' javascript:x',
  'a:b',
  'plain',
  'mailto:x@y',
  '#a:b',
  '?a:b',
  '',
  'tel:1',
  'data:x',
  'ä:b',
]
/** What stands nowhere. */
export const BAD = [() => () => 1, () => Symbol('x'), () => ({}), () => new Map(), () => Promise.resolve(1)]
/** Names of elements. */
export const TAGS = ['div', 'li', 'p', 'svg:g']
/** Names of attributes. */
export const ATTRS = ['class', 'id', 'title', 'href', '.value', '.items', 'data-x', 'hidden']
/** Attributes that are the same object each time. */
export const FIXED = [{ class: 'fixed' }, { class: 'other', id: 'x' }, { hidden: true, title: null }]
