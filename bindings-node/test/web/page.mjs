/** What runs in the pages of the tests: a client, a room, and what was heard of them. */

import { connect } from '/dist/browser/index.js'

export { connect, load } from '/dist/browser/index.js'

/** Pauses after failures that do not make a test long. */
const timing = { backoff_first_ms: 20, backoff_most_ms: 100 }

/** What matters of an event. */
const shown = ({ error, code, kind, key, status, keys, origin, retries }) =>
  JSON.parse(JSON.stringify({ code: error?.code ?? code, message: error?.message, kind, key, status, keys, origin, retries }))

/** Makes `client`, `room` and `heard`, which a test then uses. */
export async function join(url, options = {}) {
  const client = await connect(url, { token: 'ada', timing, ...options })
  const room = client.room('cart')
  const heard = []
  for (const event of ['change', 'verdict', 'refused', 'denied', 'failed', 'storageFailed', 'error', 'status']) {
    client.on(event, (told) => heard.push([event, { ...shown(told), ...(event === 'storageFailed' && { storage: client.storage }) }]))
  }
  const show = () => { document.body.textContent = room.entriesJson() }
  if (globalThis.document !== undefined) {
    room.on('change', show)
    show()
  }
  Object.assign(globalThis, { client, room, heard })
  return client.storage
}

/** Whether the room has no connection. */
export const offline = () => ['offline', 'degraded'].includes(globalThis.room.status)

/** Edits that have a verdict. */
export const verdicts = () => globalThis.heard.filter(([event]) => event === 'verdict').length

/** Resolves once the condition holds. */
export async function until(condition) {
  for (const end = performance.now() + 15_000; !(await condition()); ) {
    if (performance.now() > end) throw new Error(`in vain: ${condition}; ${JSON.stringify(globalThis.heard?.slice(-10))}`)
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

/** Resolves with the first event of this name that the test is true for, of those that came already too. */
export async function told(name, test = () => true) {
  const found = () => globalThis.heard.find(([event, about]) => event === name && test(about))
  await until(() => found() !== undefined)
  return found()[1]
}

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => { resolve(request.result) }
  request.onerror = () => { reject(request.error) }
})

/** What lies in IndexedDB, after everything that was on its way there: the bytes of all records. */
export async function stored() {
  let bytes = 0
  // What is ordered while something is written goes with the next transaction; those of one store follow each other.
  for (let round = 0; round < 5; round += 1) {
    bytes = 0
    for (const { name } of await indexedDB.databases()) {
      const database = await asked(indexedDB.open(name))
      const names = [...database.objectStoreNames]
      const store = database.transaction(names, 'readwrite').objectStore(names.find((name) => name === 'log'))
      for (const { bytes: blob } of await asked(store.getAll())) bytes += blob.byteLength
      database.close()
    }
  }
  return bytes
}
