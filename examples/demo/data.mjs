// The real data: two published versions of one package, as lines, and the edits that lead from one to the other.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const json = JSON.stringify
const same = (a, b) => json(a) === json(b)
const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value)

export const read = (build, version) =>
  JSON.parse(readFileSync(join(build, `mime-db-${version}/package/db.json`), 'utf8'))

const sorted = db => Object.keys(db).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

// What the server is loaded with: one line a key.
export const lines = db => sorted(db).map(key => `${key}\t${json(db[key])}\n`).join('')

// What a replica must be at the end, byte for byte, made without the engine.
export const whole = db => `{${sorted(db).map(key => `${json(key)}:${json(db[key])}`).join(',')}}`

// RFC 7396, where it can say the difference and keep the order of members; otherwise the whole value.
const edit = (key, before, after) => {
  if (after === undefined) return `delete\t${key}`
  if (before === undefined) return `set\t${key}\t${json(after)}`
  if (!isObject(before) || !isObject(after)) return `set\t${key}\t${json(after)}`
  const patch = {}
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null
  for (const name of Object.keys(after)) if (!same(before[name], after[name])) patch[name] = after[name]
  const kept = Object.keys(before).filter(name => name in after)
  const added = Object.keys(after).filter(name => !(name in before))
  const order = [...kept, ...added]
  const sayable = same(order, Object.keys(after)) && Object.values(patch).every(value => !isObject(value))
  return sayable ? `merge\t${key}\t${json(patch)}` : `set\t${key}\t${json(after)}`
}

// Every COUNTED-th edit of a client is followed by one that adds 1 to the client's counter.
export const counter = client => `demo/edits-${client + 1}`
const COUNTED = 5

// The differences shared out over the clients. Every tenth changed record goes to two clients: the second sets it to what it must
// become, the first to something else before that.
export const share = (older, newer, clients) => {
  const shares = Array.from({ length: clients }, () => [])
  const keys = [...new Set([...Object.keys(older), ...Object.keys(newer)])]
  const changed = keys.filter(key => !same(older[key], newer[key]))
  let contested = 0
  changed.forEach((key, index) => {
    const own = shares[index % clients]
    if (index % 10 === 0 && newer[key] !== undefined) {
      contested += 1
      own.push(`set\t${key}\t{"contested":true}`, `set\t${key}\t${json(newer[key])}`)
      shares[(index + 1) % clients].push(`set\t${key}\t${json(newer[key])}`)
    } else {
      own.push(edit(key, older[key], newer[key]))
    }
  })
  const counting = shares.map((edits, client) =>
    edits.flatMap((edit, index) => index % COUNTED === 0 ? [edit, `add\t${counter(client)}\t1`] : [edit]))
  const counts = shares.map(edits => Math.ceil(edits.length / COUNTED))
  return { shares: counting, changed: changed.length, contested, counts }
}

export const write = (path, text) => writeFileSync(path, text)
