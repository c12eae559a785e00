/** What is rendered: a table, and other tables that it becomes. */

/** Rows of a table of 10,000 nodes: each has a row, four cells and their texts, and is in one list. */
export const ROWS = 1110

let seed = 7

function random(n) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}

/** A text of its own: not the same object as another one, nor made of parts. */
function text(prefix) {
  const length = 2 + random(13)
  let made = prefix
  while (made.length < length) made += String.fromCharCode(97 + random(26))
  return Buffer.from(made).toString()
}

function row(nth) {
  const texts = { a: text('a'), b: text(`b${nth}`), c: text(''), d: text('d') }
  return { key: `k${nth}`, id: `row-${nth}`, cls: text('c'), ...texts }
}

function shuffled(rows) {
  const all = rows.slice()
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = random(i + 1)
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  return all
}

function someTexts(rows) {
  return rows.map((it) => {
    const other = { ...it }
    for (const name of 'abcd') if (random(10) === 0) other[name] = text('n')
    return other
  })
}

const base = Array.from({ length: ROWS }, (_, nth) => row(nth))

/** By name, what is shown before and after. */
export const WORK = {
  none: [base, base.slice()],
  text1: [base, base.map((it, nth) => (nth === ROWS >> 1 ? { ...it, b: 'changed' } : it))],
  text10: [base, someTexts(base)],
  reverse: [base, base.slice().reverse()],
  shuffle: [base, shuffled(base)],
  insert100: [base, [...Array.from({ length: 100 }, (_, nth) => row(1_000_000 + nth)), ...base]],
  remove10: [base, base.filter((_, nth) => nth % 10 !== 5)],
  first: [undefined, base],
}

/** A component of 15 nodes of which one slot changes: what it shows in turn. */
export const SMALL = Array.from({ length: 8 }, (_, nth) => [
  { key: 'k0', id: 'row-0', cls: 'c', a: 'aaaa', b: `value ${nth}`, c: 'ccc', d: 'ddd' },
])

/** The text that a document has which shows rows. */
export function shownText(rows) {
  const cells = ({ a, b, c, d }) => [a, b, c, d].map((it) => `<td>${it}</td>`).join('')
  return `<div><table>${rows.map((it) => `<tr>${cells(it)}</tr>`).join('')}</table></div>`
}
