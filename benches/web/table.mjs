/** The table: medians, with the least and the most of all rounds, and how they relate to the first of the ways that are not ours. */

/** What is shown, in order, with a percentile if it is not the median. */
const ROWS = [
  ['a call that edits, µs', 'µs of a call', 50],
  ['a read, µs', 'µs of a read', 50],
  ['all that an edit costs the writer’s page, µs', 'µs of the writer', 50],
  ['all that it costs the reader’s page, µs', 'µs of the reader', 50],
  ['a message received, µs', 'µs of a message', 50],
  ['edit to painted in the page, ms, p50', 'ms to paint', 50],
  ['  p90', 'ms to paint', 90],
  ['edit to readable in the other browser, ms, p50', 'ms to the other page', 50],
  ['  p90', 'ms to the other page', 90],
  ['bytes of an edit, writer up', 'B up, writer', 50],
  ['  writer down', 'B down, writer', 50],
  ['  reader down', 'B down, reader', 50],
  ['  reader up', 'B up, reader', 50],
  ['start to an edit, empty cache, ms', 'ms to an edit, cold', 50],
  ['  full cache', 'ms to an edit, warm', 50],
  ['start to the state, empty cache, ms', 'ms to the state, cold', 50],
  ['  full cache', 'ms to the state, warm', 50],
  ['10,000 keys: memory, MB', 'MB in all, 10,000 keys', 50],
  ['  of which WebAssembly', 'MB of WebAssembly, 10,000 keys', 50],
  ['  from open to all there, ms', 'ms to 10,000 keys', 50],
  ['to load, kB, gzip', 'kB to load, gzip', 50],
]

export function percentile(numbers, share) {
  const sorted = [...numbers].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100))]
}

const text = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2))

export function report(ways, found, version) {
  const beside = ways.find(({ id }) => id === 'yjs')
  const cell = (way, name, share) => {
    const numbers = found[way.id][name]
    if (numbers === undefined) return ''
    const middle = percentile(numbers, share)
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    const spread = share === 50 && least !== most ? ` (${text(least)}–${text(most)})` : ''
    const other = beside && found[beside.id][name]
    const ratio = other === undefined || way === beside ? '' : percentile(other, share) > 0 ? ` ×${text(middle / percentile(other, share))}` : ''
    return `${text(middle)}${spread}${ratio}`
  }
  const rows = [['', ...ways.map(({ name }) => name)], ...ROWS.map(([title, name, share]) => [title, ...ways.map((way) => cell(way, name, share))])]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)))
  const lines = rows.map((cells) => cells.map((words, column) => (column === 0 ? words.padEnd(widths[0]) : words.padStart(widths[column]))).join('  '))
  return `${lines.join('\n')}

Chromium ${version}. Medians of rounds in which the ways take turns, in brackets the least and the most; × is beside Yjs.
An edit sets one of 1,000 keys to an object of 50 B. What it costs a page is the time in which its main thread was busy, of bursts
of 200 edits: sending, storing and what comes back included. It is painted once it is read back and shown. Times to the other
browser are half of there and back; syncline waits for a silence of 16 ms before it sends, unless each edit goes at once. Bytes
are those of TCP, of edits 30 ms apart.
By hand there are no versions, no verdicts, no rollback and no queue for when it is offline; Yjs does not say what became of an edit.`
}
